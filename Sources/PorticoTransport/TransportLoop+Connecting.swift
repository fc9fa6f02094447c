// Opening a connection to one address.
import CLinux
import Glibc
package import NIOCore

extension TransportLoop {
    /// To be called on the loop. Fails with an `IOError`, or with `ChannelError.connectTimeout`. The connection reads nothing before the
    /// future's first callbacks have furnished its pipeline.
    package func connect(to address: SocketAddress, timeout: TimeAmount) -> EventLoopFuture<SocketChannel> {
        do {
            let channel = try socket(for: address)
            let code = address.withSockAddr { Glibc.connect(channel.descriptor, $0, socklen_t($1)) } == 0 ? 0 : errno
            guard code == 0 || code == EINPROGRESS else {
                channel.abandon()
                throw IOError(errnoCode: code, reason: "connect")
            }
            let connected = try channel.awaitConnection()
            let deadline = assumeIsolated().scheduleTask(in: timeout) {
                channel.close0(error: ChannelError.connectTimeout(timeout), mode: .all, promise: nil)
            }
            connected.assumeIsolated().whenComplete { _ in deadline.cancel() }
            return connected.map { channel }
        } catch {
            return makeFailedFuture(error)
        }
    }

    private func socket(for address: SocketAddress) throws -> SocketChannel {
        let (family, isTCP) =
            switch address {
            case .v4: (AF_INET, true)
            case .v6: (AF_INET6, true)
            case .unixDomainSocket: (AF_UNIX, false)
            }
        let type = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = Glibc.socket(family, type, 0)
        guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
        let channel = SocketChannel(descriptor, peer: address, on: self)
        channel.allowsHalfClosure = true
        if isTCP { channel.sendAtOnce() }
        return channel
    }
}
