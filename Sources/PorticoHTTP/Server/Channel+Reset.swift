// Closing with a reset instead of a clean end, so that a peer sees that the stream was cut.
import Glibc
package import NIOCore

extension Channel {
    /// From now on closing sends RST. Nothing happens on channels that are no sockets.
    package func resetOnClose() {
        guard let socket = self as? any SocketOptionProvider else { return }
        _ = socket.unsafeSetSocketOption(
            level: .socket, name: .so_linger, value: linger(l_onoff: 1, l_linger: 0))
    }
}
