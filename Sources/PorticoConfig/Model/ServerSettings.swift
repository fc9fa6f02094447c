// `[server]`: where Portico listens and what it bears with.
package import PorticoCore

package struct ServerSettings: Sendable, Equatable {
    /// Where plain HTTP is served: from `listen`, or from `host` and `port`.
    package var listen: [ListenAddress] = [.tcp(host: "0.0.0.0", port: 8080)]
    /// Event loops; 0 means one per core.
    package var threads = 0
    /// From the first byte of a request to the end of its head.
    package var headerTimeout = Duration.seconds(10)
    /// The longest time without a byte while a request body is read.
    package var bodyIdleTimeout = Duration.seconds(30)
    package var keepAliveTimeout = Duration.seconds(75)
    /// The longest time without progress while a response is written.
    package var writeIdleTimeout = Duration.seconds(60)
    package var shutdownTimeout = Duration.seconds(30)
    package var maxConnections = 10_000
    /// 0 is none.
    package var memoryLimit = ByteSize.bytes(0)
    /// Whom a process of root's becomes once it listens; empty leaves it as it is.
    package var user = ""
    /// Empty: the user's own.
    package var group = ""
    /// The whole head; above it 431.
    package var maxHeaderSize = ByteSize.kibibytes(32)
    /// 0 means unlimited; above it 413.
    package var maxBodySize = ByteSize.bytes(0)
    package var trustedProxies: [IPRange] = []
    package var healthEndpoints = true
    package var http2 = true

    package init() {}
}

package enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
    case tcp(host: String, port: Int)
    case unix(path: String)

    package var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
