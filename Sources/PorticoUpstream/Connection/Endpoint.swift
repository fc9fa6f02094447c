// Where the requests of one target go and how: compiled once from its route, shared by all loops. It outlives no
// compiled configuration; what is open belongs to the pools it makes.
package import NIOCore
package import PorticoConfig
package import PorticoCore
package import PorticoTransport

package final class Endpoint: Sendable {
    enum Place: Sendable {
        case address(SocketAddress)
        case name(ResolvedName)

        /// Nil is the port it has; Unix sockets have none.
        func at(port: Int?) -> Place {
            guard let port else { return self }
            switch self {
            case .address(var address) where address.protocol != .unix:
                address.port = port
                return .address(address)
            case .address: return self
            case .name(let name): return .name(name.at(port: port))
            }
        }
    }

    let place: Place
    /// Nil for clear text.
    let tls: UpstreamTLS?
    let speaksHTTP2: Bool
    let connectTimeout: Interval
    let idleTimeout: Interval
    let maxLifetime: Interval
    let idlePermits: IdlePermits

    /// Throws where a Unix path or the TLS settings cannot be used.
    package init(_ target: TargetSettings, of route: ProxySettings, tls contexts: inout UpstreamTLSContexts) throws {
        switch target.transport {
        case .unix(let path): place = .address(try SocketAddress(unixDomainSocketPath: path))
        case .tcp, .tls:
            if let literal = try? SocketAddress(ipAddress: target.host, port: target.port) {
                place = .address(literal)
            } else {
                place = .name(ResolvedName(host: target.host, port: target.port))
            }
        }
        speaksHTTP2 = route.protocol.isHTTP2
        tls =
            target.transport == .tls
            ? try contexts.tls(route.tls, host: target.host, speaksHTTP2: route.protocol.isHTTP2) : nil
        connectTimeout = Interval(route.connectTimeout)
        idleTimeout = Interval(route.pool.idleTimeout)
        maxLifetime = Interval(route.pool.maxLifetime)
        idlePermits = IdlePermits(count: route.pool.maxIdle)
    }

    init(
        _ place: Place, tls: UpstreamTLS? = nil, speaksHTTP2: Bool = false, connectTimeout: Interval = .seconds(3),
        pool: PoolSettings = PoolSettings()
    ) {
        self.place = place
        self.tls = tls
        self.speaksHTTP2 = speaksHTTP2
        self.connectTimeout = connectTimeout
        idleTimeout = Interval(pool.idleTimeout)
        maxLifetime = Interval(pool.maxLifetime)
        idlePermits = IdlePermits(count: pool.maxIdle)
    }

    /// The same, perhaps at another port, for health checks: they keep no connection.
    package func forChecks(port: Int?, timeout: Interval?) -> Endpoint {
        var pool = PoolSettings()
        pool.maxIdle = 0
        pool.idleTimeout = .zero
        return Endpoint(
            place.at(port: port), tls: tls, speaksHTTP2: speaksHTTP2, connectTimeout: timeout ?? connectTimeout,
            pool: pool)
    }

    /// Begins to resolve the name, where there is one, so that the first request need not wait for it.
    package func prepare() {
        if case .name(let name) = place { name.refresh(.now()) }
    }

    /// One connection, TLS handshake included. Fails with a `PorticoError`.
    package func open(on eventLoop: TransportLoop) -> EventLoopFuture<any Channel> {
        let promise = eventLoop.makePromise(of: (any Channel).self)
        eventLoop.execute {
            Opening.start(self, on: eventLoop) { promise.completeWith($0.mapError { $0 as any Error }) }
        }
        return promise.futureResult
    }

    /// `spareHead`: of this event loop.
    package func makePool(on eventLoop: TransportLoop, spareHead: SpareHead = SpareHead()) -> UpstreamPool {
        speaksHTTP2
            ? HTTP2Pool(eventLoop: eventLoop, endpoint: self)
            : HTTP1Pool(eventLoop: eventLoop, endpoint: self, spareHead: spareHead)
    }
}
