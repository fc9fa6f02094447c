// What one event loop keeps of one target: its connections and its upgraded streams, and what the requests that wait there
// for a first byte tell of it: from them comes the suspicion that it is frozen. Who waits, the lane knows.
import NIOCore
import PorticoCore
import PorticoUpstream

final class TargetPost {
    // What each request touches comes first: it lies together.
    let target: Target
    private var madePool: UpstreamPool?
    /// Its place among its route's targets.
    let index: Int
    /// The longest time to an answer of late.
    private var longest = Interval.zero
    private var longestAt = MonotonicTime(nanoseconds: 0)
    private let loopIndex: Int
    private let makePool: () -> UpstreamPool
    /// What was upgraded there and runs.
    private var streams = Roster<StreamPlace>()

    private static let memory = Interval.seconds(30)
    /// A suspicion moves a request so often at most; a slow request is not sent around for ever.
    private static let mostMoves = 2

    init(_ target: Target, index: Int, loopIndex: Int, makePool: @escaping () -> UpstreamPool) {
        self.target = target
        self.index = index
        self.loopIndex = loopIndex
        self.makePool = makePool
    }

    var pool: UpstreamPool {
        if let madePool { return madePool }
        let pool = makePool()
        madePool = pool
        return pool
    }

    var connectionCount: ConnectionTally {
        madePool.map { ConnectionTally(open: $0.openCount, idle: $0.idleCount) } ?? ConnectionTally()
    }

    func answered(after latency: Interval, _ now: MonotonicTime) {
        let state = target.state
        state.answered(now)
        if latency > longest {
            longest = latency
            longestAt = now
        }
        if state.standing.contains(.suspected) { state.trust() }
    }

    // MARK: Upgraded streams

    func add(_ stream: StreamPlace) { streams.join(stream) }

    func remove(_ stream: StreamPlace) { streams.leave(stream) }

    /// It drains: requests end by themselves, WebSockets have to be told.
    func closeStreams() { for place in streams.members where place.rosterPlace >= 0 { place.stream.targetDrains() } }

    // MARK: Time

    /// True while there is something to watch.
    func tick(_ now: MonotonicTime) -> Bool {
        guard let madePool else { return false }
        madePool.tick(now)
        if now - longestAt > Self.memory { longest = .zero }
        return madePool.openCount > 0
    }

    /// `waiting`: all that wait here for a first byte. While a target is still taking an upload, its silence means nothing.
    func look(at waiting: [RoundTrip], _ now: MonotonicTime) {
        let waiting = waiting.filter(\.isRequestComplete)
        let state = target.state
        let lastAnswer = state.lastAnswer
        // Only those tell of silence that were sent since the last answer. Others may have been overtaken by it, and would
        // hide a freeze that came right after.
        var witnesses = 0
        var oldest = Interval.zero
        for trip in waiting where trip.sentAt >= lastAnswer {
            witnesses += 1
            oldest = max(oldest, now - trip.sentAt)
        }
        guard oldest > Suspicion.shortestPatience else { return }
        let evidence = Suspicion.Evidence(
            waiting: state.testify(witnesses, loop: loopIndex, now), oldest: oldest, silence: now - lastAnswer,
            usual: state.latency, longest: longest)
        let isSuspected = state.standing.contains(.suspected)
        guard Suspicion.isJustified(evidence, isTried: isSuspected) else { return }
        let patience = Suspicion.patience(usual: state.latency, longest: longest)
        state.suspect(now)
        for trip in waiting where now - trip.sentAt > patience && trip.moves < Self.mostMoves {
            trip.move(toAnswering: true)
        }
    }

    func closeIdle() { madePool?.closeIdle() }
}
