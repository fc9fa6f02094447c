// Bytes from one socket straight into another, and what keeps them from it.
import Dispatch
import Glibc
import NIOCore
import PorticoTesting
import Testing

@testable import PorticoTransport

@Suite(.timeLimit(.minutes(5))) struct ShortcutTests {
    // SAFETY: used on the loop only.
    private final class Counter: PassageFollower, @unchecked Sendable {
        var bytes: [UInt8] = []

        func passed(_ bytes: UnsafeRawBufferPointer) { self.bytes += bytes }
    }

    /// Two connections on one loop with a shortcut from the first to the second. What does not take it, the first's reader passes on as a
    /// proxy would: it stops reading while the second is full.
    private struct Pair {
        let source: Line
        let destination: Line
        let counter = Counter()

        init(_ kind: Line.Kind) async throws {
            source = try await Line(kind, readsPast: true)
            destination = try await Line(kind, readsPast: true, besides: source)
            let (target, counter) = (destination.channel, counter)
            try await source.run { channel, journal in
                journal.onRead = { [unowned channel] bytes in
                    target.writeAndFlush(bytes, promise: nil)
                    if !target.isWritable { channel.isReading = false }
                }
                channel.use(SocketShortcut(to: target, followedBy: counter))
            }
            let first = source.channel
            try await destination.run { _, journal in journal.onWritable = { first.isReading = true } }
        }

        func passed() async throws -> [UInt8] {
            let counter = counter
            return try await source.run { _, _ in counter.bytes }
        }

        func read() async throws -> [UInt8] { try await source.run { _, journal in journal.bytes } }

        /// What comes out of these bytes, once a while has passed in which nobody takes them.
        func moved(_ bytes: [UInt8], after pause: Duration = .zero) async throws -> [UInt8] {
            let (source, destination) = (source, destination)
            return try await Crowd.run(2) { number in
                guard number == 1 else {
                    source.peerSends(bytes)
                    return []
                }
                RawClient.sleep(pause)
                return destination.peerReads(bytes.count)
            }[1]
        }

        func end() async throws {
            try await destination.end()
            try await source.end()
        }
    }

    private static let kinds = [Line.Kind.unix, .tcp]

    private static func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
    }

    @Test(arguments: kinds)
    func `what the other side takes at once is never held`(kind: Line.Kind) async throws {
        let pair = try await Pair(kind)
        for count in [1, 100, 5000] {
            pair.source.peerSends(Self.bytes(count))
            #expect(pair.destination.peerReads(count) == Self.bytes(count))
        }
        #expect(try await pair.passed().count == 5101)
        #expect(try await pair.source.run { _, journal in journal.reads } == 0)
        try await pair.end()
    }

    @Test(arguments: kinds)
    func `nothing overtakes what has to wait, and behind it the shortcut is taken again`(kind: Line.Kind) async throws {
        let pair = try await Pair(kind)
        let sent = Self.bytes(20 << 20)
        #expect(try await pair.moved(sent, after: .milliseconds(100)) == sent)
        let (passed, read) = (try await pair.passed().count, try await pair.read().count)
        #expect(passed + read == sent.count && read > 0)
        // Large reads go the ordinary way, until they have brought little for some time.
        for _ in 0..<20 {
            pair.source.peerSends([1, 2, 3])
            #expect(pair.destination.peerReads(3) == [1, 2, 3])
        }
        #expect(try await pair.passed().suffix(3) == [1, 2, 3])
        try await pair.end()
    }

    @Test func `large pieces are not copied`() async throws {
        let pair = try await Pair(.tcp)
        let sent = Self.bytes(8 << 20)
        #expect(try await pair.moved(sent) == sent)
        #expect(try await pair.passed().count < 1 << 20)
        try await pair.end()
    }

    @Test(arguments: kinds)
    func `nothing overtakes what was written and not sent yet`(kind: Line.Kind) async throws {
        let pair = try await Pair(kind)
        try await pair.destination.run { channel, _ in channel.write(ByteBuffer(bytes: [1, 2]), promise: nil) }
        pair.source.peerSends([3])
        try await pair.source.settle()
        try await pair.destination.run { channel, _ in channel.flush() }
        #expect(pair.destination.peerReads(3) == [1, 2, 3])
        #expect(try await pair.passed().isEmpty)
        try await pair.end()
    }

    @Test(arguments: kinds)
    func `who does not read by itself gets what comes with the end`(kind: Line.Kind) async throws {
        let pair = try await Pair(kind)
        try await pair.source.run { channel, _ in channel.isReading = false }
        pair.source.peerSends([1, 2, 3])
        pair.source.peerEndsItsHalf()
        try await pair.source.run { channel, _ in channel.readAll() }
        #expect(try await pair.read() == [1, 2, 3])
        #expect(try await pair.passed().isEmpty)
        #expect(pair.destination.peerReads(3) == [1, 2, 3])
        try await pair.end()
    }

    @Test(arguments: kinds)
    func `an end is heard behind what passed`(kind: Line.Kind) async throws {
        let pair = try await Pair(kind)
        let held = await pair.source.holdLoop()
        pair.source.peerSends(Self.bytes(5000))
        pair.source.peerEndsItsHalf()
        held.signal()
        try await pair.source.until { $0.events == ["inputClosed"] }
        #expect(try await pair.passed() == Self.bytes(5000))
        try await pair.end()
    }

    @Test func `behind our own end nothing passes`() async throws {
        let pair = try await Pair(.tcp)
        pair.source.peerSends([1])
        #expect(pair.destination.peerReads(1) == [1])
        try await pair.destination.channel.close(mode: .output).get()
        pair.source.peerSends([2])
        try await pair.source.until { $0.bytes == [2] }
        #expect(try await pair.passed() == [1])
        #expect(pair.destination.peerReads().isEmpty)
        try await pair.end()
    }

    @Test(arguments: [false, true])
    func `a destination that is gone leaves the bytes to the reader`(withReset: Bool) async throws {
        let pair = try await Pair(.tcp)
        pair.source.peerSends([1])
        #expect(pair.destination.peerReads(1) == [1])
        pair.destination.peerCloses(withReset: withReset)
        if !withReset {
            // The kernel takes it, though nobody is there; the answer is a reset.
            pair.source.peerSends([2])
        }
        try await pair.destination.channel.closeFuture.get()
        pair.source.peerSends([3])
        try await pair.source.until { $0.bytes == [3] }
        #expect(try await pair.passed() == (withReset ? [1] : [1, 2]))
        try await pair.end()
    }

    @Test func `both ways at once let go of each other with the connections`() async throws {
        weak var counter: Counter?
        weak var channel: SocketChannel?
        do {
            let pair = try await Pair(.unix)
            (counter, channel) = (pair.counter, pair.source.channel)
            let (source, counter) = (pair.source.channel, pair.counter)
            try await pair.destination.run { channel, _ in
                channel.use(SocketShortcut(to: source, followedBy: counter))
            }
            try await pair.end()
            try await pair.destination.channel.closeFuture.get()
        }
        #expect(counter == nil && channel == nil)
    }
}
