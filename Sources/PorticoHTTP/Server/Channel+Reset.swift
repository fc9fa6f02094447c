// Closing with a reset instead of a clean end, so that a peer sees that the stream was cut.
package import NIOCore
import PorticoTransport

extension Channel {
    /// From now on closing sends RST. Nothing happens on channels that are no sockets.
    package func resetOnClose() {
        (self as? SocketChannel)?.resetOnClose()
    }
}
