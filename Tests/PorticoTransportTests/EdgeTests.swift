// The kernel tells each thing once: nothing that is left behind may be forgotten. All of these stall where that happens.
import Dispatch
import Glibc
import NIOCore
import PorticoTesting
import Testing

@testable import PorticoTransport

@Suite(.timeLimit(.minutes(5))) struct EdgeTests {
    enum Way: CaseIterable {
        case past, pipeline
    }

    private static let kinds = [Line.Kind.unix, .tcp]

    private static let pattern = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }

    private static func bytes(_ count: Int) -> [UInt8] { Array(pattern[..<count]) }

    @Test(arguments: kinds, Way.allCases)
    func `of bytes that came at once, nothing is left behind a full read`(kind: Line.Kind, way: Way) async throws {
        let line = try await Line(kind, readsPast: way == .past)
        // Whole reads and not; the first is of 2048 bytes.
        for count in [2048, 1, 2047, 4096, 10_000, 100_000] {
            let sent = Self.bytes(count)
            let before = try await line.run { _, journal in journal.bytes.count }
            line.peerSends(sent)
            try await line.until { $0.bytes.count >= before + count }
            #expect(try await line.run { _, journal in Array(journal.bytes[before...]) } == sent)
        }
        try await line.end()
    }

    @Test(arguments: kinds, Way.allCases)
    func `an end that is told together with bytes is heard behind them`(kind: Line.Kind, way: Way) async throws {
        for count in [1, 2048, 5000] {
            let line = try await Line(kind, readsPast: way == .past)
            let held = await line.holdLoop()
            line.peerSends(Self.bytes(count))
            line.peerEndsItsHalf()
            held.signal()
            try await line.until { $0.events == ["inputClosed"] }
            #expect(try await line.run { _, journal in journal.bytes } == Self.bytes(count))
            try await line.end()
        }
    }

    @Test func `each read of the pipeline is answered from what came before it`() async throws {
        let line = try await Line()
        try await line.channel.setOption(.autoRead, value: false).get()
        let sent = Self.bytes(50_000)
        line.peerSends(sent)
        line.peerEndsItsHalf()
        for reads in 1...50 {
            line.channel.read()
            try await line.until { $0.reads == reads || !$0.events.isEmpty }
            if try await line.run({ _, journal in !journal.events.isEmpty }) { break }
        }
        #expect(line.journal.bytes == sent)
        #expect(line.journal.events == ["inputClosed"])
        try await line.end()
    }

    @Test(arguments: Way.allCases)
    func `what somebody else took from the socket is not missed, and what it left is read`(way: Way) async throws {
        let line = try await Line(.tcp, readsPast: way == .past)
        let sent = Self.bytes(30_000)
        try await line.run { channel, journal in
            journal.onRead = { [unowned channel, unowned journal] _ in
                // As a relay does: a part of what is there goes another way.
                var taken = [UInt8](repeating: 0, count: 5000)
                let count = recv(channel.descriptor, &taken, taken.count, CInt(MSG_DONTWAIT))
                if count > 0 { journal.takenElsewhere += count }
            }
        }
        let held = await line.holdLoop()
        line.peerSends(sent)
        held.signal()
        try await line.until { $0.bytes.count + $0.takenElsewhere >= 30_000 }
        #expect(line.journal.takenElsewhere > 0)
        try await line.end()
    }

    @Test(arguments: kinds)
    func `who waits for room that is there already is told at once`(kind: Line.Kind) async throws {
        let line = try await Line(kind)
        for _ in 0..<3 {
            let written = try await line.run { channel, _ in
                let written = channel.eventLoop.makePromise(of: Void.self)
                channel.write(ByteBuffer(bytes: [1, 2, 3]), promise: written)
                channel.flushWhenThereIsRoom()
                return written.futureResult
            }
            try await written.get()
            #expect(line.peerReads(3) == [1, 2, 3])
        }
        try await line.end()
    }

    /// Only root may ask for so much room.
    @Test(.enabled(if: geteuid() == 0))
    func `more than goes out in one turn goes out in the next, though there was room all the time`() async throws {
        let line = try await Line(.unix)
        let piece = ByteBuffer(bytes: Self.bytes(64 << 10))
        let written = try await line.run { channel, _ in
            var room: CInt = 64 << 20
            setsockopt(channel.descriptor, SOL_SOCKET, SO_SNDBUFFORCE, &room, socklen_t(MemoryLayout<CInt>.size))
            for _ in 1..<200 { channel.write(piece, promise: nil) }
            return channel.writeAndFlush(piece)
        }
        // The peer takes nothing meanwhile: no room comes that would be told.
        try await written.get()
        #expect(line.peerReads(200 * piece.readableBytes).count == 200 * piece.readableBytes)
        try await line.end()
    }

    @Test(arguments: kinds, Array(1...12 as ClosedRange<UInt64>))
    func `whatever the order of sending, pausing and asking, all bytes and the end arrive`(
        kind: Line.Kind, seed: UInt64
    ) async throws {
        var random = SplitMix(seed: seed)
        let line = try await Line(kind, readsPast: seed % 2 == 0)
        var sent: [UInt8] = []
        for _ in 0..<200 {
            switch UInt8.random(in: 0..<6, using: &random) {
            case 0, 1:
                let most = [1, 100, 2048, 4096, 20_000].randomElement(using: &random)!
                let piece = random.bytes(most)
                // While it pauses the kernel holds no more than so much.
                let unread = try await line.run { [count = sent.count] _, journal in count - journal.bytes.count }
                guard unread + most < 60_000 else { continue }
                line.peerSends(piece)
                sent += piece
            case 2: try await line.run { channel, _ in channel.isReading = false }
            case 3: try await line.run { channel, _ in channel.isReading = true }
            case 4:
                // On and off within one turn.
                try await line.run { channel, _ in
                    channel.isReading.toggle()
                    channel.isReading.toggle()
                }
            default: line.channel.read()
            }
        }
        line.peerEndsItsHalf()
        try await line.run { channel, _ in channel.isReading = true }
        try await line.until { !$0.events.isEmpty }
        #expect(line.journal.bytes == sent)
        #expect(line.journal.events == ["inputClosed"])
        try await line.end()
    }
}
