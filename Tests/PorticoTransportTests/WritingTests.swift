// What a channel writes: order, marks, files, ends.
import Glibc
import NIOCore
import PorticoTesting
import Testing

@testable import PorticoTransport

@Suite(.timeLimit(.minutes(5))) struct WritingTests {
    private static func bytes(_ count: Int, from start: Int = 0) -> [UInt8] {
        (start..<start + count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    }

    /// A file without a name.
    private static func file(_ bytes: [UInt8]) -> NIOFileHandle {
        var path = Array("/tmp/portico-transport-XXXXXX".utf8CString)
        let descriptor = mkstemp(&path)
        unlink(path)
        precondition(write(descriptor, bytes, bytes.count) == bytes.count)
        return NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: descriptor)
    }

    @Test(arguments: [Line.Kind.unix, .tcp])
    func `more than the kernel takes goes out in order, files between`(kind: Line.Kind) async throws {
        let line = try await Line(kind)
        let file = Self.file(Self.bytes(3_000_000, from: 2_000_000))
        let first = ByteBuffer(bytes: Self.bytes(2_000_000))
        let last = ByteBuffer(bytes: Self.bytes(1_000_000, from: 5_000_000))
        let written = try await line.run { channel, _ in
            for start in stride(from: 0, to: 2_000_000, by: 10_000) {
                channel.write(first.getSlice(at: start, length: 10_000)!, promise: nil)
            }
            let region = FileRegion(fileHandle: file, readerIndex: 0, endIndex: 3_000_000)
            channel.write(IOData.fileRegion(region), promise: nil)
            channel.write(ByteBuffer(), promise: nil)
            return channel.writeAndFlush(last)
        }
        #expect(line.peerReads(6_000_000) == Self.bytes(6_000_000))
        try await written.get()
        #expect(try await line.run { channel, _ in channel.waitingBytes } == 0)
        try file.close()
        try await line.end()
    }

    @Test func `a channel is full above its high mark and writable again below the low one`() async throws {
        let line = try await Line()
        try await line.run { channel, _ in
            channel.write(ByteBuffer(repeating: 1, count: 60 << 10), promise: nil)
            #expect(channel.isWritable)
            channel.write(ByteBuffer(repeating: 1, count: 8 << 10), promise: nil)
            #expect(!channel.isWritable)
            channel.flush()
        }
        _ = line.peerReads(68 << 10)
        try await line.until { $0.events == ["full", "writable"] }
        try await line.end()
    }

    @Test func `many small pieces fill a channel before their memory counts`() async throws {
        let line = try await Line()
        let count = try await line.run { channel, _ in
            var count = 0
            while channel.isWritable, count < 10_000 {
                channel.write(ByteBuffer(repeating: 1, count: 1), promise: nil)
                count += 1
            }
            return count
        }
        #expect(count < 1000)
        try await line.run { channel, _ in channel.flush() }
        #expect(line.peerReads(count).count == count)
        try await line.until { $0.events == ["full", "writable"] }
        try await line.end()
    }

    @Test func `who writes whenever it may is not called within itself, and all goes out`() async throws {
        let line = try await Line()
        let total = 100 * (70 << 10)
        try await line.run { channel, journal in
            var (depth, deepest, left) = (0, 0, 99)
            journal.onWritable = { [unowned channel] in
                depth += 1
                deepest = max(deepest, depth)
                #expect(deepest == 1)
                if left > 0 {
                    left -= 1
                    channel.writeAndFlush(ByteBuffer(repeating: 1, count: 70 << 10), promise: nil)
                }
                depth -= 1
            }
            channel.writeAndFlush(ByteBuffer(repeating: 1, count: 70 << 10), promise: nil)
        }
        #expect(line.peerReads(total).count == total)
        try await line.end()
    }

    @Test func `a file that shrank fails its promise, and nothing goes out in its place`() async throws {
        let line = try await Line()
        let file = Self.file(Self.bytes(1000))
        let (short, behind) = try await line.run { channel, _ in
            let region = FileRegion(fileHandle: file, readerIndex: 0, endIndex: 5000)
            let short = channel.write(IOData.fileRegion(region))
            return (short, channel.writeAndFlush(ByteBuffer(repeating: 0xFF, count: 4000)))
        }
        await #expect(throws: IOError.self) { try await short.get() }
        await #expect(throws: (any Error).self) { try await behind.get() }
        #expect(line.peerReads() == Self.bytes(1000))
        try await line.channel.closeFuture.get()
        try file.close()
        try await line.end()
    }

    @Test func `closing fails what waits, and what is written after`() async throws {
        let line = try await Line()
        let (first, second, third) = try await line.run { channel, _ in
            let first = channel.writeAndFlush(ByteBuffer(repeating: 1, count: 8 << 20))
            let second = channel.close(mode: .output)
            channel.close(promise: nil)
            return (first, second, channel.writeAndFlush(ByteBuffer(repeating: 1, count: 1)))
        }
        for future in [first, second, third] {
            await #expect(throws: (any Error).self) { try await future.get() }
        }
        try await line.end()
    }

    @Test func `our half ends behind what is pending, flushed or not`() async throws {
        let line = try await Line()
        let ended = try await line.run { channel, _ in
            channel.writeAndFlush(ByteBuffer(repeating: 1, count: 4 << 20), promise: nil)
            channel.write(ByteBuffer(repeating: 2, count: 3), promise: nil)
            let ended = channel.close(mode: .output)
            channel.writeAndFlush(ByteBuffer(repeating: 3, count: 3), promise: nil)
            return ended
        }
        let bytes = line.peerReads()
        #expect(bytes.count == 4 << 20 + 3)
        #expect(bytes.last == 2)
        try await ended.get()
        try await line.end()
    }

    @Test func `a write to a peer that closed fails, and what the peer said before is delivered`() async throws {
        let line = try await Line()
        try await line.run { channel, _ in channel.isReading = false }
        line.peerSends([1, 2, 3])
        line.peerCloses()
        await #expect(throws: (any Error).self) {
            try await line.channel.writeAndFlush(ByteBuffer(repeating: 1, count: 1)).get()
        }
        try await line.channel.closeFuture.get()
        #expect(line.journal.bytes == [1, 2, 3])
        try await line.end()
    }

    // MARK: What waits

    @Test func `what is written is let go, though something always waits behind it`() async throws {
        let group = try TransportGroup(threads: 1)
        let loop = group.nextLoop()
        weak var first: EventLoopFuture<Void>?
        var pending = PendingWrites()
        for number in 0..<200 {
            let promise = loop.makePromise(of: Void.self)
            if number == 0 { first = promise.futureResult }
            pending.add(.byteBuffer(ByteBuffer(repeating: 1, count: 10)), promise)
            pending.flush()
            if number > 0 { for promise in pending.wrote(10) { promise.succeed() } }
        }
        try await loop.submit {}.get()
        #expect(first == nil)
        #expect(pending.byteCount == 10)
        for promise in pending.takeAll() { promise.succeed() }
        try await group.shutdownGracefully()
    }

    @Test func `pieces go out in order, whatever part of them is taken at a time`() {
        var pending = PendingWrites()
        let all = Self.bytes(5000)
        for start in stride(from: 0, to: 5000, by: 10) {
            pending.add(.byteBuffer(ByteBuffer(bytes: all[start..<start + 10])), nil)
        }
        pending.flush()
        var taken: [UInt8] = []
        var part = 1
        while pending.hasFlushed {
            var front: [UInt8] = []
            pending.forEachBuffer(64) { front += $0.readableBytesView }
            let count = min(part, front.count)
            taken += front[..<count]
            _ = pending.wrote(count)
            part = part % 97 + 1
        }
        #expect(taken == all)
        #expect(pending.byteCount == 0)
        #expect(pending.isEmpty)
    }

    @Test func `a few bytes of a large buffer wait in memory of their own size`() {
        var pending = PendingWrites()
        var large = ByteBuffer(repeating: 1, count: 64 << 10)
        pending.add(.byteBuffer(large.readSlice(length: 10)!), nil)
        pending.add(.byteBuffer(large), nil)
        pending.flush()
        var held: [Int] = []
        pending.forEachBuffer(64) { held.append($0.storageCapacity) }
        #expect(held.count == 2)
        #expect(held[0] <= 64)
        #expect(held[1] >= 64 << 10 - 10)
    }
}
