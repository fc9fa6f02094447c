// What the kernel knows of a connection to a backend that its events have not told yet.
import Glibc

struct SocketState {
    let socket: CInt

    /// No end and no byte unasked for: the event may not have reached the loop yet.
    var isOpen: Bool {
        var byte: UInt8 = 0
        return recv(socket, &byte, 1, CInt(MSG_PEEK | MSG_DONTWAIT)) < 0 && errno == EAGAIN
    }

    /// How much went each way so far, as both kernels agree.
    struct Counts {
        /// Bytes of ours that the other kernel has acknowledged.
        let acknowledged: UInt64
        /// Bytes that came, and one for the end of the peer's half; no reset counts.
        let received: UInt64
    }

    /// Nil where it is not told (Unix sockets, old kernels). It stays readable after a reset.
    var counts: Counts? {
        // `struct tcp_info` of <linux/tcp.h>: glibc's own ends before `tcpi_bytes_acked`.
        withUnsafeTemporaryAllocation(byteCount: 256, alignment: 8) { info in
            var length = socklen_t(info.count)
            // SAFETY: the kernel writes at most `length` bytes and says how many.
            guard getsockopt(socket, CInt(IPPROTO_TCP), TCP_INFO, info.baseAddress, &length) == 0,
                Int(length) >= Self.countsOffset + 16
            else { return nil }
            return Counts(
                acknowledged: info.load(fromByteOffset: Self.countsOffset, as: UInt64.self),
                received: info.load(fromByteOffset: Self.countsOffset + 8, as: UInt64.self))
        }
    }

    private static let countsOffset = 120
}
