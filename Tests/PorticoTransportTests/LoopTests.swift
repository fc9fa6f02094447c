// Tasks, timers and the end of an event loop.
import NIOCore
import PorticoTesting
import Synchronization
import Testing

@testable import PorticoTransport

@Suite(.timeLimit(.minutes(5))) struct LoopTests {
    private final class Something: Sendable {}

    // SAFETY: the test looks at it while the loop does not.
    private final class Trace: @unchecked Sendable {
        weak var something: Something?
        var numbers: [Int] = []
    }

    @Test func `tasks of another thread run in the order in which they were handed over`() async throws {
        let group = try TransportGroup(threads: 1)
        let loop = group.nextLoop()
        let trace = Trace()
        for number in 0..<1000 { loop.execute { trace.numbers.append(number) } }
        #expect(try await loop.submit { trace.numbers }.get() == Array(0..<1000))
        try await group.shutdownGracefully()
    }

    @Test func `a task that hands itself over again and again keeps no socket waiting`() async throws {
        let line = try await Line()
        let isDone = AtomicFlag(false)
        @Sendable func again() { if !isDone.value { line.loop.execute { again() } } }
        again()
        line.peerSends([1, 2, 3])
        try await line.until { $0.bytes.count == 3 }
        isDone.value = true
        try await line.end()
    }

    @Test func `a timer that is always due keeps neither a socket nor another timer waiting`() async throws {
        let line = try await Line()
        let isDone = AtomicFlag(false)
        @Sendable func again() {
            line.loop.scheduleTask(deadline: .distantPast) { if !isDone.value { again() } }
        }
        again()
        line.peerSends([1, 2, 3])
        try await line.until { $0.bytes.count == 3 }
        try await line.loop.scheduleTask(in: .milliseconds(1)) {}.futureResult.get()
        isDone.value = true
        try await line.end()
    }

    @Test func `timers run soonest first`() async throws {
        let group = try TransportGroup(threads: 1)
        let loop = group.nextLoop()
        let trace = Trace()
        try await loop.submit {
            for milliseconds in [5, 1, 3] {
                loop.scheduleTask(in: .milliseconds(Int64(milliseconds))) { trace.numbers.append(milliseconds) }
            }
        }.get()
        try await loop.scheduleTask(in: .milliseconds(6)) {}.futureResult.get()
        #expect(trace.numbers == [1, 3, 5])
        try await group.shutdownGracefully()
    }

    @Test func `a timer that another thread takes back lets go of what it held`() async throws {
        let group = try TransportGroup(threads: 1)
        let loop = group.nextLoop()
        let trace = Trace()
        let timer = Self.timer(in: .hours(1), on: loop, trace)
        timer.cancel()
        await #expect(throws: EventLoopError.self) { try await timer.futureResult.get() }
        try await loop.submit {}.get()
        #expect(trace.something == nil)
        #expect(trace.numbers == [])
        try await group.shutdownGracefully()
    }

    @Test func `a timer that ran lets go of what it held, though somebody keeps its handle`() async throws {
        let group = try TransportGroup(threads: 1)
        let loop = group.nextLoop()
        let trace = Trace()
        let timer = Self.timer(in: .nanoseconds(1), on: loop, trace)
        try await timer.futureResult.get()
        try await loop.submit {}.get()
        #expect(trace.numbers == [1])
        #expect(trace.something == nil)
        timer.cancel()
        try await group.shutdownGracefully()
    }

    private static func timer(in delay: TimeAmount, on loop: TransportLoop, _ trace: Trace) -> Scheduled<Void> {
        let something = Something()
        trace.something = something
        return loop.scheduleTask(in: delay) { withExtendedLifetime(something) { trace.numbers.append(1) } }
    }

    // MARK: The end

    @Test func `a loop that stops closes its connections and drops its timers`() async throws {
        let line = try await Line()
        let timer = line.loop.scheduleTask(in: .hours(1)) {}
        try await line.group.shutdownGracefully()
        try await line.channel.closeFuture.get()
        #expect(line.journal.events == ["inactive", "removed"])
        await #expect(throws: EventLoopError.self) { try await timer.futureResult.get() }
        #expect(line.peerReads() == [])
        line.peerCloses()
    }

    @Test func `what is asked of a loop after its end is answered`() async throws {
        let group = try TransportGroup(threads: 1)
        let loop = group.nextLoop()
        try await group.shutdownGracefully()
        #expect(try await loop.submit { 1 }.get() == 1)
        #expect(!loop.inEventLoop)
        let timer = loop.scheduleTask(in: .nanoseconds(1)) {}
        await #expect(throws: EventLoopError.self) { try await timer.futureResult.get() }
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 1)
        let connected = loop.flatSubmit { loop.connect(to: address, timeout: .hours(1)).map { _ in } }
        await #expect(throws: (any Error).self) { try await connected.get() }
    }

    @Test func `whoever asks a group to stop hears of it, the second too`() async throws {
        let group = try TransportGroup(threads: 2)
        async let first: Void = group.shutdownGracefully()
        async let second: Void = group.shutdownGracefully()
        _ = try await (first, second)
        try await group.shutdownGracefully()
    }

    @Test func `what other threads hand over while a loop stops is run`() async throws {
        for _ in 0..<20 {
            let group = try TransportGroup(threads: 1)
            let loop = group.nextLoop()
            let answers = await withTaskGroup(of: Int.self) { tasks in
                for _ in 0..<4 {
                    tasks.addTask {
                        var sum = 0
                        for _ in 0..<200 { sum += (try? await loop.submit { 1 }.get()) ?? 0 }
                        return sum
                    }
                }
                tasks.addTask {
                    try? await group.shutdownGracefully()
                    return 0
                }
                return await tasks.reduce(0, +)
            }
            #expect(answers == 800)
        }
    }
}
