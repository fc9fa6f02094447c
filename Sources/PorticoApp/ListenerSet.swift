import NIOCore
// The open listeners of the server, and how they become those of another configuration: what is new is bound first, what is
// gone closes last, what stays is not touched.
import PorticoConfig
import PorticoHTTP

struct ListenerSet: Sendable {
    /// A place to listen, as configured.
    struct Place: Hashable, Sendable {
        let address: ListenAddress
        let isSecure: Bool
    }

    private(set) var open: [Listener]

    static func places(_ settings: Configuration) -> [Place] {
        let plain = settings.server.listen.map { Place(address: $0, isSecure: false) }
        return settings.ssl.enabled
            ? plain + settings.secureAddresses.map { Place(address: $0, isSecure: true) } : plain
    }

    /// Opens every socket that `settings` needs, before the right to do so is given up.
    static func open(_ settings: Configuration, in sockets: InheritedSockets) throws {
        let count = settings.server.threads > 0 ? settings.server.threads : System.coreCount
        for place in places(settings) {
            do {
                try sockets.open(place.address, count: count)
            } catch {
                throw StartFailure.cannotListen(place.address, error)
            }
        }
        guard settings.admin.enabled else { return }
        // One that fails is told where it is bound again.
        try? sockets.open(.tcp(host: settings.admin.host, port: settings.admin.port), count: 1)
    }

    /// Binds what `settings` names beyond what is open. Nothing stays bound where one of them fails.
    func bindMissing(
        _ settings: Configuration, loops: [ServerLoop], tls: TLSStore?, count: ConnectionCount,
        inherited: InheritedSockets = InheritedSockets()
    ) async throws -> [Listener] {
        let known = Set(open.map(\.place))
        var bound: [Listener] = []
        do {
            for place in Self.places(settings) where !known.contains(place) {
                try await bound.append(Self.bind(place, loops: loops, tls: tls, count: count, inherited: inherited))
            }
        } catch {
            for listener in bound { await listener.close() }
            throw error
        }
        return bound
    }

    /// Takes the new ones in and gives out those that `settings` no longer names, to be closed.
    mutating func turn(to settings: Configuration, adding bound: [Listener]) -> [Listener] {
        let wanted = Set(Self.places(settings))
        let gone = open.filter { !wanted.contains($0.place) }
        open = open.filter { wanted.contains($0.place) } + bound
        return gone
    }

    private static func bind(
        _ place: Place, loops: [ServerLoop], tls: TLSStore?, count: ConnectionCount, inherited: InheritedSockets
    ) async throws -> Listener {
        do {
            return try await Listener.bind(
                place.address, loops: loops, tls: place.isSecure ? tls : nil, count: count, inherited: inherited)
        } catch {
            throw StartFailure.cannotListen(place.address, error)
        }
    }
}

extension Listener {
    fileprivate var place: ListenerSet.Place { ListenerSet.Place(address: requested, isSecure: isSecure) }
}

extension Configuration {
    /// HTTPS is served on the hosts of the plain listeners, at `[ssl] port`.
    var secureAddresses: [ListenAddress] {
        var hosts: [String] = []
        for case .tcp(let host, _) in server.listen where !hosts.contains(host) { hosts.append(host) }
        return (hosts.isEmpty ? ["0.0.0.0"] : hosts).map { .tcp(host: $0, port: ssl.port) }
    }
}
