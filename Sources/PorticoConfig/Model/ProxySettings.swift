// `[[proxy]]`, with `[proxy_defaults]` already folded in.
package import PorticoCore

package struct ProxySettings: Sendable, Equatable {
    package var paths: [PathPattern]
    /// Lower case; empty means any host. `*.example.com` covers each subdomain.
    package var hosts: [String] = []
    /// Empty means any method.
    package var methods: [String] = []
    /// Fields that the request must have; the value `*` stands for any.
    package var headers: [HeaderField] = []
    package var targets: [TargetSettings]
    package var strategy = BalancingStrategy.roundRobin
    package var hashKey = HashKey.clientIP
    /// In hundredths of a target's share of the running requests; nil: no bound.
    package var hashBalanceFactor: Double?
    package var slowStart: Duration?
    package var queue = QueueSettings()
    package var retries = RetrySettings()
    package var sticky = StickySettings()
    package var `protocol` = BackendProtocol.http
    package var stripPrefix = true
    /// Nil: the client's to plain targets, the target's to those over TLS.
    package var hostHeader: HostHeader?
    /// Of the path, once its prefix is gone.
    package var rewrite = RewriteSettings()
    /// Plain HTTP is redirected or refused.
    package var requiresTLS = false
    package var requestHeaders = HeaderRuleSettings()
    package var responseHeaders = HeaderRuleSettings()
    /// Whether answers that the backend left plain are compressed.
    package var compression = false
    /// From the last byte of the request head to the response head.
    package var timeout = Duration.seconds(30)
    package var connectTimeout = Duration.seconds(3)
    /// No byte either way; nil means 60 s, and one hour for streams and WebSockets.
    package var idleTimeout: Duration?
    /// Nil: the server's limit holds. 0: unlimited.
    package var maxBodySize: ByteSize?
    package var pool = PoolSettings()
    package var tls = UpstreamTLSSettings()
    package var healthCheck: HealthCheckSettings?
    package var healthInterval = Duration.seconds(30)
    package var circuitBreaker: CircuitBreakerSettings?
    package var fallback: FallbackSettings?

    package init(paths: [PathPattern], targets: [TargetSettings]) {
        self.paths = paths
        self.targets = targets
    }
}

/// What a backend speaks. WebSockets pass in the first two, and nothing else in the second; the others are HTTP/2.
package enum BackendProtocol: String, Sendable, CaseIterable {
    case http, websocket, h2c, h2, grpc

    package var isHTTP2: Bool { self == .h2c || self == .h2 || self == .grpc }
}

/// A header field as the file names it.
package struct HeaderField: Sendable, Hashable {
    package var name: String
    package var value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// Both or none.
package struct RewriteSettings: Sendable, Equatable {
    /// A pattern (PorticoCore's `Pattern`).
    package var from: String?
    /// A template for its match.
    package var to: String?

    package init() {}
}

/// In this order: remove, set, add.
package struct HeaderRuleSettings: Sendable, Equatable {
    /// In place of fields of these names.
    package var set: [HeaderField] = []
    /// Besides fields of these names.
    package var add: [HeaderField] = []
    package var remove: [String] = []

    package init() {}
}

package enum PathPattern: Sendable, Hashable, CustomStringConvertible {
    /// `/health`: this path alone.
    case exact(String)
    /// `/api/*`: `/api` and all below it; the text is `/api`.
    case prefix(String)
    /// `*`: every path.
    case any

    package var description: String {
        switch self {
        case .exact(let path): path
        case .prefix(let path): path + "/*"
        case .any: "*"
        }
    }
}

package struct TargetSettings: Sendable, Hashable {
    /// `host:port` unless the file names it.
    package var id: String
    package var transport = TargetTransport.tcp
    /// `localhost` for a Unix socket.
    package var host: String
    package var port: Int
    /// Prepended to each forwarded path; empty or without a trailing slash.
    package var basePath: String
    package var enabled = true
    package var weight = 1
    /// Gets requests only while no other can take them.
    package var backup = false
    /// Requests at once, over all event loops; 0 is no limit.
    package var maxConnections = 0

    package init(id: String, host: String, port: Int, basePath: String = "") {
        self.id = id
        self.host = host
        self.port = port
        self.basePath = basePath
    }
}

package enum TargetTransport: Sendable, Hashable {
    case tcp, tls
    case unix(path: String)
}

package enum HostHeader: Sendable, Hashable {
    case client, target
    case literal(String)
}

package struct PoolSettings: Sendable, Equatable {
    /// Idle connections kept per target, in the whole process.
    package var maxIdle = 64
    package var idleTimeout = Duration.seconds(4)
    package var maxLifetime = Duration.seconds(3600)

    package init() {}
}

/// How `https` targets are trusted, and what we show them.
package struct UpstreamTLSSettings: Sendable, Hashable {
    package var verify = true
    /// Empty: the system's certificate authorities.
    package var caFile = ""
    /// Empty: the host of the target.
    package var serverName = ""
    /// Empty: no certificate of ours.
    package var certFile = ""
    package var keyFile = ""

    package init() {}
}
