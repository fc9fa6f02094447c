// Bytes that the kernel moves from socket to socket: nothing lost, nothing reordered, and a bound on what may wait.
import Glibc
import NIOCore
import Testing

@testable import PorticoHTTP

@Suite struct SplicePipeTests {
    /// Two connected sockets that never block.
    private final class Pair {
        let near: CInt
        let far: CInt

        init() {
            var ends: [CInt] = [-1, -1]
            socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0, &ends)
            (near, far) = (ends[0], ends[1])
        }

        deinit {
            close(near)
            close(far)
        }

        func write(_ bytes: [UInt8]) { #expect(Glibc.write(near, bytes, bytes.count) == bytes.count) }

        func read() -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: 1 << 20)
            let count = Glibc.read(far, &bytes, bytes.count)
            return Array(bytes.prefix(max(0, count)))
        }
    }

    private static let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }

    @Test func `what goes in comes out in order, be it read or sent on`() throws {
        let (source, sink) = (Pair(), Pair())
        let pipe = try #require(SplicePipe())
        source.write(Self.bytes)
        var moved: [UInt8] = []
        while moved.count < Self.bytes.count {
            let taken = pipe.fill(from: source.far, upTo: 30_000)
            #expect(taken > 0 && taken <= 30_000 && pipe.count == taken)
            moved += pipe.read(upTo: 1000).readableBytesView
            #expect(pipe.count == taken - 1000)
            pipe.drain(to: sink.near)
            #expect(pipe.count == 0)
            moved += sink.read()
        }
        let isSame = moved == Self.bytes
        #expect(isSame, "\(moved.count) bytes")
    }

    @Test func `a receiver that is full leaves the rest in the pipe`() throws {
        let (source, sink) = (Pair(), Pair())
        let pipe = try #require(SplicePipe())
        while write(sink.near, Self.bytes, 4096) > 0 {}
        source.write(Self.bytes)
        #expect(pipe.fill(from: source.far, upTo: 50_000) == 50_000)
        pipe.drain(to: sink.near)
        #expect(pipe.count > 0)
        let left = pipe.count
        let isRest = pipe.read(upTo: left).readableBytesView.elementsEqual(Self.bytes[(50_000 - left)..<50_000])
        #expect(isRest)
    }

    @Test func `of a socket without bytes, or at its end, nothing is taken`() throws {
        let source = Pair()
        let pipe = try #require(SplicePipe())
        #expect(pipe.fill(from: source.far, upTo: 1000) == 0)
        shutdown(source.near, CInt(SHUT_WR))
        #expect(pipe.fill(from: source.far, upTo: 1000) == 0)
    }

    @Test func `only so many pipes hold bytes at a time`() {
        let pipes = SplicePipes()
        var taken: [SplicePipe] = []
        while let pipe = pipes.take() { taken.append(pipe) }
        #expect(taken.count == SplicePipes.most)
        let last = taken.removeLast()
        pipes.giveBack(last)
        #expect(pipes.take() === last)
        #expect(pipes.take() == nil)
    }

    @Test func `a pipe that still holds bytes is nobody else's`() throws {
        let pipes = SplicePipes()
        let source = Pair()
        let pipe = try #require(pipes.take())
        source.write(Self.bytes)
        _ = pipe.fill(from: source.far, upTo: 1000)
        pipes.giveBack(pipe)
        let other = try #require(pipes.take())
        #expect(other !== pipe && other.count == 0)
    }
}
