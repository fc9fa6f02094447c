// Asks every event loop what only it knows, such as its idle connections to backends. A loop that is held up keeps nobody
// waiting for long: that it did not answer is a figure too.
import NIOCore
import PorticoHTTP
import PorticoProxy
import PorticoTransport
import Synchronization

struct SurveyedLoop: Sendable {
    let loop: ServerLoop
    let pipeline: RequestPipeline
}

final class LoopSurvey: Sendable {
    struct Result: Sendable {
        /// By `TargetState`, over the loops that answered.
        var tallies: [ObjectIdentifier: ConnectionTally] = [:]
        /// By loop.
        var hasAnswered: [Bool]
    }

    private struct State {
        var result: Result
        var done: (@Sendable (Result) -> Void)?
    }

    private let state: Mutex<State>
    private static let patience = TimeAmount.milliseconds(500)

    private init(_ count: Int, _ done: @escaping @Sendable (Result) -> Void) {
        state = Mutex(State(result: Result(hasAnswered: .init(repeating: false, count: count)), done: done))
    }

    /// `done` is called once, on any thread; `timer` says when the others have waited long enough.
    static func run(
        _ loops: [SurveyedLoop], timer: any EventLoop, _ done: @escaping @Sendable (Result) -> Void
    ) {
        let survey = LoopSurvey(loops.count, done)
        timer.scheduleTask(in: patience) { survey.end() }
        for (index, each) in loops.enumerated() {
            each.loop.eventLoop.execute {
                var tallies: [ObjectIdentifier: ConnectionTally] = [:]
                each.pipeline.countConnections(into: &tallies)
                survey.add(tallies, of: index)
            }
        }
    }

    private func add(_ tallies: [ObjectIdentifier: ConnectionTally], of index: Int) {
        let isWhole = state.withLock { state in
            state.result.hasAnswered[index] = true
            for (target, tally) in tallies { state.result.tallies[target, default: ConnectionTally()] += tally }
            return !state.result.hasAnswered.contains(false)
        }
        if isWhole { end() }
    }

    private func end() {
        let (done, result) = state.withLock { state in
            defer { state.done = nil }
            return (state.done, state.result)
        }
        done?(result)
    }
}
