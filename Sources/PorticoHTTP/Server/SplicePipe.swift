// Pipes by which the kernel moves bytes from one socket to another, past this process's memory; and those of one event loop. They
// know nothing of connections.
import CLinux
import Glibc
import NIOCore

/// Filled only while it is empty: pages that are partly used would fill it early.
final class SplicePipe {
    private let output: CInt
    private let input: CInt
    /// The bytes in it.
    private(set) var count = 0

    static let capacity = 1 << 20
    private static let flags = UInt32(PORTICO_SPLICE_MOVE | PORTICO_SPLICE_NONBLOCK)

    /// Nil where there are no descriptors left, or the system bounds what one user may have in pipes: small ones cost more than they
    /// save.
    init?() {
        var ends: [CInt] = [-1, -1]
        guard pipe2(&ends, O_NONBLOCK | O_CLOEXEC) == 0 else { return nil }
        guard Int(fcntl(ends[0], CInt(PORTICO_SET_PIPE_SIZE), CInt(Self.capacity))) >= Self.capacity else {
            Glibc.close(ends[0])
            Glibc.close(ends[1])
            return nil
        }
        (output, input) = (ends[0], ends[1])
    }

    deinit {
        Glibc.close(output)
        Glibc.close(input)
    }

    /// So much goes in as a whole or not at all (POSIX: `PIPE_BUF`).
    static let mostPut = 4096

    /// Bytes of ours, in front of what is taken from a socket. False where they do not go in.
    func put(_ bytes: ByteBuffer) -> Bool {
        let written = bytes.withUnsafeReadableBytes { $0.isEmpty ? 0 : write(input, $0.baseAddress, $0.count) }
        count += max(0, written)
        return written == bytes.readableBytes
    }

    /// Takes what waits in a socket. Its end and its faults count as nothing: whoever reads the socket next meets them.
    func fill(from socket: CInt, upTo limit: Int) -> Int {
        let taken = max(0, splice(socket, nil, input, nil, min(limit, Self.capacity), Self.flags))
        count += taken
        return taken
    }

    /// As much as a socket takes.
    func drain(to socket: CInt) {
        while count > 0 {
            let sent = splice(output, nil, socket, nil, count, Self.flags)
            guard sent > 0 else { return }
            count -= sent
        }
    }

    /// A part of it as bytes.
    func read(upTo limit: Int) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: min(limit, count)) { memory in
            max(0, Glibc.read(output, memory.baseAddress, min(limit, count)))
        }
        count -= bytes.readableBytes
        return bytes
    }
}

/// Each is needed for one move at a time, unless the receiver does not take all of it: then it waits with what is left. Confined to its
/// event loop.
package final class SplicePipes {
    private var spare: SplicePipe?
    private var taken = 0
    /// Where there are none to have, that is not tried for every piece.
    private var areRefused = false

    /// What stalled receivers may keep waiting in the kernel: so many times a pipe's capacity.
    static let most = 16

    package init() {}

    func take() -> SplicePipe? {
        guard taken < Self.most, !areRefused else { return nil }
        guard let pipe = spare ?? SplicePipe() else {
            areRefused = true
            return nil
        }
        spare = nil
        taken += 1
        return pipe
    }

    /// One that is not empty goes.
    func giveBack(_ pipe: SplicePipe) {
        taken -= 1
        if pipe.count == 0 { spare = pipe }
    }

    func dropSpare() {
        spare = nil
        areRefused = false
    }
}
