// The wire alone: listener and connections with a handler of the test's own behind them, for what no route does.
import NIOCore
package import PorticoConfig
package import PorticoHTTP
import PorticoTransport

package final class WireServer {
    package let port: Int
    private let listener: Listener
    private let group: TransportGroup

    private init(listener: Listener, group: TransportGroup) {
        self.listener = listener
        self.group = group
        if case .tcp(_, let port) = listener.address { self.port = port } else { port = 0 }
    }

    package static func start(
        _ settings: ServerSettings, handler: @escaping @Sendable (ServerLoop) -> any ExchangeHandler
    ) async throws -> WireServer {
        let group = try TransportGroup(threads: 1)
        let loop = ServerLoop(eventLoop: group.nextLoop(), limits: ServerLimits(settings))
        try await loop.eventLoop.submit { loop.use(handler(loop)) }.get()
        let listener = try await Listener.bind(
            .tcp(host: "127.0.0.1", port: 0), loops: [loop], tls: nil,
            count: ConnectionCount(limit: settings.maxConnections))
        return WireServer(listener: listener, group: group)
    }

    package func stop() async {
        await listener.close()
        try? await group.shutdownGracefully()
    }
}
