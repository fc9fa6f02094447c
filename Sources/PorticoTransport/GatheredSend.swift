// Several buffers in one system call.
import CLinux
import Glibc
package import NIOCore

package enum GatheredSend {
    /// As sendmsg(2), without SIGPIPE. `forEach` hands over the buffers, `most` at most; they must stay as they are until this returns.
    /// `asked` is how many bytes they hold.
    package static func send(
        to socket: CInt, flags: CInt = 0, most: Int, _ forEach: (_ add: (ByteBuffer) -> Void) -> Void
    ) -> (asked: Int, count: Int) {
        withUnsafeTemporaryAllocation(of: iovec.self, capacity: most) { parts in
            var message = msghdr()
            message.msg_iov = parts.baseAddress
            var asked = 0
            forEach { buffer in
                // SAFETY: the caller keeps the buffers, and the kernel only reads.
                let bytes = buffer.withUnsafeReadableBytesWithStorageManagement { bytes, _ in bytes }
                parts.initializeElement(
                    at: message.msg_iovlen,
                    to: iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count))
                message.msg_iovlen += 1
                asked += bytes.count
            }
            return (asked, portico_sendmsg(socket, &message, flags | CInt(MSG_NOSIGNAL)))
        }
    }
}
