// What a channel reads and when; ends and resets.
import Glibc
import NIOCore
import Testing

@testable import PorticoTransport

@Suite(.timeLimit(.minutes(5))) struct ReadingTests {
    @Test(arguments: [false, true])
    func `while reading is paused bytes stay with the kernel, and so does the peer's end`(past: Bool) async throws {
        let line = try await Line(readsPast: past)
        try await line.run { channel, _ in channel.isReading = false }
        line.peerSends([1, 2, 3])
        line.peerEndsItsHalf()
        try await line.settle()
        #expect(try await line.run { _, journal in journal.bytes.isEmpty && journal.events.isEmpty })
        try await line.run { channel, _ in channel.isReading = true }
        try await line.until { $0.events == ["inputClosed"] }
        #expect(try await line.run { _, journal in journal.bytes } == [1, 2, 3])
        try await line.end()
    }

    @Test(arguments: [false, true])
    func `a pause in the middle of a read holds what comes next`(past: Bool) async throws {
        let line = try await Line(readsPast: past)
        try await line.run { channel, journal in
            journal.onRead = { [unowned channel] _ in channel.isReading = false }
        }
        line.peerSends(Array(repeating: 7, count: 10_000))
        try await line.until { $0.reads == 1 }
        try await line.settle()
        #expect(try await line.run { _, journal in journal.bytes.count } == 2048)
        for reads in 2...3 {
            try await line.run { channel, _ in channel.isReading = true }
            try await line.until { $0.reads == reads }
        }
        try await line.end()
    }

    @Test func `without reading by itself, each read of the pipeline brings one piece`() async throws {
        let line = try await Line()
        try await line.channel.setOption(.autoRead, value: false).get()
        for number in 1...3 {
            line.peerSends([UInt8(number)])
            try await line.settle()
            #expect(try await line.run { _, journal in journal.bytes.count } == number - 1)
            line.channel.read()
            try await line.until { $0.bytes.count == number }
        }
        try await line.end()
    }

    @Test(arguments: [Line.Kind.unix, .tcp])
    func `after the peer's end our half still speaks, and with its end the channel closes`(
        kind: Line.Kind
    ) async throws {
        let line = try await Line(kind)
        line.peerSends([1])
        line.peerEndsItsHalf()
        try await line.until { $0.events == ["inputClosed"] }
        try await line.channel.writeAndFlush(ByteBuffer(bytes: [2, 3])).get()
        try await line.channel.close(mode: .output).get()
        try await line.channel.closeFuture.get()
        #expect(line.peerReads() == [2, 3])
        try await line.end()
    }

    @Test(arguments: [Line.Kind.unix, .tcp])
    func `after our end the peer's half is still heard, and with its end the channel closes`(
        kind: Line.Kind
    ) async throws {
        let line = try await Line(kind)
        try await line.channel.close(mode: .output).get()
        #expect(line.peerReads() == [])
        line.peerSends([1, 2])
        line.peerEndsItsHalf()
        try await line.channel.closeFuture.get()
        #expect(line.journal.bytes == [1, 2])
        #expect(line.journal.events == ["outputClosed", "inactive", "removed"])
        try await line.end()
    }

    @Test(arguments: [false, true])
    func `what came before a reset is delivered`(past: Bool) async throws {
        let line = try await Line(.tcp, readsPast: past)
        let bytes = (0..<50_000).map { UInt8(truncatingIfNeeded: $0) }
        line.peerSends(bytes)
        line.peerCloses(withReset: true)
        try await line.channel.closeFuture.get()
        #expect(line.journal.bytes == bytes)
        #expect(line.journal.events == ["error", "inactive", "removed"])
        try await line.end()
    }

    @Test(arguments: [false, true])
    func `of a peer that closed, no more is read than is asked for`(past: Bool) async throws {
        let line = try await Line(.unix, readsPast: past)
        try await line.run { channel, journal in
            journal.onRead = { [unowned channel] _ in channel.isReading = false }
        }
        let bytes = (0..<20_000).map { UInt8(truncatingIfNeeded: $0) }
        line.peerSends(bytes)
        line.peerCloses()
        try await line.until { $0.reads == 1 }
        try await line.settle()
        #expect(try await line.run { _, journal in journal.reads } == 1)
        #expect(try await line.run { _, journal in journal.events } == [])
        try await line.run { channel, journal in
            journal.onRead = nil
            channel.isReading = true
        }
        try await line.channel.closeFuture.get()
        #expect(line.journal.bytes == bytes)
        #expect(line.journal.events.first == "inputClosed")
        try await line.end()
    }

    @Test func `of a peer that ended its half behind ours, no more is read than is asked for`() async throws {
        let line = try await Line(.tcp, readsPast: true)
        try await line.run { channel, _ in channel.isReading = false }
        try await line.channel.close(mode: .output).get()
        let bytes = (0..<20_000).map { UInt8(truncatingIfNeeded: $0) }
        line.peerSends(bytes)
        line.peerEndsItsHalf()
        // The end is there once the kernel shows it.
        var poll = pollfd(fd: try await line.run { channel, _ in channel.descriptor }, events: 0, revents: 0)
        #expect(Glibc.poll(&poll, 1, 60_000) == 1)
        try await line.settle()
        #expect(try await line.run { _, journal in journal.reads } == 0)
        try await line.run { channel, _ in channel.isReading = true }
        try await line.channel.closeFuture.get()
        #expect(line.journal.bytes == bytes)
        try await line.end()
    }

    @Test func `a channel that is closed in the middle of a read hears of nothing more`() async throws {
        for past in [false, true] {
            let line = try await Line(readsPast: past)
            try await line.run { channel, journal in
                journal.onRead = { [unowned channel] _ in channel.close(promise: nil) }
            }
            line.peerSends(Array(repeating: 1, count: 10_000))
            try await line.channel.closeFuture.get()
            #expect(line.journal.reads == 1)
            #expect(line.journal.events == ["inactive", "removed"])
            try await line.end()
        }
    }

    @Test func `a reader that leaves in the middle of a read leaves what follows to the pipeline`() async throws {
        let line = try await Line(readsPast: true)
        let successor = Journal()
        try await line.run { channel, journal in
            journal.onRead = { [unowned channel, unowned journal] bytes in
                channel.pipeline.syncOperations.removeHandler(journal, promise: nil)
                try! channel.pipeline.syncOperations.addHandler(successor)
                channel.pipeline.syncOperations.fireChannelRead(NIOAny(bytes))
            }
        }
        line.peerSends(Array(repeating: 1, count: 10_000))
        let loop = line.loop
        try await loop.flatSubmit { successor.until({ $0.bytes.count == 10_000 }, on: loop) }.get()
        #expect(try await line.run { _, journal in journal.reads } == 1)
        try await line.end()
    }

    @Test(arguments: [1, 1000])
    func `a read in the middle of another's leaves that its bytes`(count: Int) async throws {
        let line = try await Line(readsPast: true)
        let (second, secondJournal, peer) = try await Self.secondChannel(on: line.loop)
        try await line.run { _, _ in second.isReading = false }
        let (bytes, secondBytes) = ([UInt8](repeating: 1, count: count), [UInt8](repeating: 2, count: 5000))
        #expect(send(peer, secondBytes, secondBytes.count, 0) == secondBytes.count)
        try await line.run { _, journal in
            journal.onRead = { bytes in
                second.readAll()
                journal.bytes = Array(bytes.readableBytesView)
            }
        }
        line.peerSends(bytes)
        try await line.until { !$0.bytes.isEmpty }
        try await line.run { _, journal in
            #expect(journal.bytes == bytes)
            #expect(secondJournal.bytes == secondBytes)
        }
        Glibc.close(peer)
        try await line.end()
    }

    @Test func `a closed channel dies`() async throws {
        weak var channel: SocketChannel?
        let line = try await Line(readsPast: true)
        let dead = try await Self.deadChannel(on: line.loop) { channel = $0 }
        try await dead.get()
        try await line.settle()
        #expect(channel == nil)
        try await line.end()
    }

    /// One that closes after a byte and a timer; only its end is kept.
    private static func deadChannel(
        on loop: TransportLoop, _ made: (SocketChannel) -> Void
    ) async throws -> EventLoopFuture<Void> {
        let (channel, _, peer) = try await secondChannel(on: loop)
        made(channel)
        Glibc.close(peer)
        return channel.closeFuture
    }

    private static func secondChannel(on loop: TransportLoop) async throws -> (SocketChannel, Journal, peer: CInt) {
        let (ours, peer) = Line.unixPair()
        _ = fcntl(ours, F_SETFL, O_NONBLOCK)
        let journal = Journal()
        let channel = try await loop.submit {
            let channel = SocketChannel(ours, peer: nil, on: loop)
            channel.reader = journal
            try channel.pipeline.syncOperations.addHandler(journal)
            try channel.activate()
            return channel
        }.get()
        return (channel, journal, peer)
    }
}
