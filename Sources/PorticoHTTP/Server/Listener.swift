// A listening socket per event loop (SO_REUSEPORT), so that a connection lives and dies on the loop that accepted it.
// A Unix socket cannot be shared that way: the first loop has it alone.
import Glibc
import NIOCore
import NIOPosix
package import PorticoConfig
import PorticoCore
import Synchronization

/// Connections open over all loops, against `max_connections`.
package final class ConnectionCount: Sendable {
    private let open = Atomic(0)
    private let limit: Atomic<Int>

    package init(limit: Int) { self.limit = Atomic(limit) }

    /// Connections above a lower limit stay; new ones wait until they are fewer.
    package func use(limit: Int) { self.limit.store(limit, ordering: .relaxed) }

    /// False where there is no room; then nothing is counted.
    func enter() -> Bool {
        guard open.add(1, ordering: .relaxed).newValue <= limit.load(ordering: .relaxed) else {
            leave()
            return false
        }
        return true
    }

    package var current: Int { open.load(ordering: .relaxed) }

    func leave() { open.subtract(1, ordering: .relaxed) }
}

package struct Listener: Sendable {
    /// As configured.
    package let requested: ListenAddress
    /// With the port that the system chose where 0 was asked for.
    package let address: ListenAddress
    package let isSecure: Bool
    private let channels: [any Channel]

    /// Binds on all loops or on none. A port of 0 is chosen by the system and shared by all.
    package static func bind(
        _ address: ListenAddress, loops: [ServerLoop], tls: TLSStore?, count: ConnectionCount
    ) async throws -> Listener {
        var channels: [any Channel] = []
        var bound = address
        do {
            switch address {
            case .tcp(let host, let port):
                try probe(host: host, port: port)
                for loop in loops {
                    guard case .tcp(_, let port) = bound else { break }
                    let channel = try await bootstrap(loop, tls: tls, count: count)
                        .serverChannelOption(.socketOption(NIOBSDSocket.Option(rawValue: SO_REUSEPORT)), value: 1)
                        .bind(host: host, port: port).get()
                    channels.append(channel)
                    bound = .tcp(host: host, port: channel.localAddress?.port ?? port)
                }
            case .unix(let path):
                try await probe(unixPath: path, loops[0])
                let channel = try await bootstrap(loops[0], tls: tls, count: count)
                    .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
                channels.append(channel)
            }
        } catch {
            for channel in channels { try? await channel.close() }
            throw error
        }
        return Listener(requested: address, address: bound, isSecure: tls != nil, channels: channels)
    }

    /// SO_REUSEPORT would let a second server share the port unnoticed: without it, the address must be free first.
    /// Bound, not listening: nobody may connect to what is closed again at once.
    private static func probe(host: String, port: Int) throws {
        guard port != 0 else { return }
        let address = try SocketAddress.makeAddressResolvingHost(host, port: port)
        let family = if case .v6 = address { AF_INET6 } else { AF_INET }
        let probe = socket(family, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard probe >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
        defer { Glibc.close(probe) }
        var one: CInt = 1
        setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<CInt>.size))
        let outcome = address.withSockAddr { Glibc.bind(probe, $0, socklen_t($1)) }
        guard outcome == 0 else { throw IOError(errnoCode: errno, reason: "bind") }
    }

    /// A socket file is replaced where it was left behind, never where somebody still listens.
    private static func probe(unixPath path: String, _ loop: ServerLoop) async throws {
        guard let channel = try? await ClientBootstrap(group: loop.eventLoop).connect(unixDomainSocketPath: path).get()
        else { return }
        try? await channel.close()
        throw IOError(errnoCode: EADDRINUSE, reason: "listening on \(path)")
    }

    private static func bootstrap(
        _ loop: ServerLoop, tls: TLSStore?, count: ConnectionCount
    ) -> ServerBootstrap {
        ServerBootstrap(group: loop.eventLoop)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptPause())
                }
            }
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard count.enter() else { throw TooManyConnections() }
                    channel.closeFuture.whenComplete { _ in count.leave() }
                    if channel.remoteAddress?.protocol != .unix {
                        try channel.syncOptions?.setOption(.tcpOption(.tcp_nodelay), value: 1)
                    }
                    try ClientPipeline.configure(channel, loop: loop, tls: tls?.current.context)
                }
            }
    }

    package func close() async {
        for channel in channels { try? await channel.close() }
        if case .unix(let path) = address { unlink(path) }
    }
}

/// The connection is closed at once: `max_connections` are open.
struct TooManyConnections: Error {}
