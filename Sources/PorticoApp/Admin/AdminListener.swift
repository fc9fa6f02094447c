// The admin listener as a part of the running server: bound beside the others, on one of their event loops, with a handler
// of its own.
import Logging
import NIOCore
import PorticoAdmin
import PorticoConfig
package import PorticoHTTP
import PorticoLog
import PorticoTransport

package struct AdminListener: Sendable {
    package let listener: Listener
    private let loop: ServerLoop
    private let actions: ServerAdmin

    /// Connections at a time: operators are few.
    private static let maxConnections = 64

    /// Nil where `[admin]` is off, or where the default port is taken: what nobody asked for is no reason not to serve.
    static func start(
        _ configuration: Configuration, _ generation: Generation, _ view: AdminView?, on eventLoop: TransportLoop,
        inherited: InheritedSockets
    ) async throws -> AdminListener? {
        let settings = configuration.admin
        guard settings.enabled, let view else { return nil }
        let token = try AdminToken.read(settings)
        let loop = ServerLoop(eventLoop: eventLoop, limits: ServerLimits(ServerSettings()))
        let actions = ServerAdmin(configuration, generation, view, on: eventLoop)
        loop.use(AdminHandler(actions, token: token, host: settings.host))
        let address = ListenAddress.tcp(host: settings.host, port: settings.port)
        do {
            let listener = try await Listener.bind(
                address, loops: [loop], tls: nil, count: ConnectionCount(limit: maxConnections), inherited: inherited)
            actions.start()
            return AdminListener(listener: listener, loop: loop, actions: actions)
        } catch {
            guard settings.port == AdminSettings.defaultPort else { throw StartFailure.cannotListen(address, error) }
            view.log.logger(label: "portico.admin").warning(
                "no admin listener", metadata: ["address": "\(address)", "error": "\(StartFailure.reason(error))"])
            return nil
        }
    }

    /// A reload: the documents tell of this configuration from now on.
    func use(_ configuration: Configuration, _ generation: Generation) { actions.use(configuration, generation) }

    /// From now on it can be told to reload.
    func use(_ reload: Reload) { actions.use(reload) }

    func stop() async {
        actions.stop()
        await listener.close()
        try? await loop.eventLoop.submit {
            loop.drain()
            loop.closeNow()
        }.get()
    }
}
