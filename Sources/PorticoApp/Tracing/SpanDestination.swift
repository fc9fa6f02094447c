// Where spans go, compiled from `[tracing]`: the receiver, what every delivery to it begins with, and what we are called.
import Glibc
import NIOCore
import PorticoConfig
import PorticoCore
import PorticoUpstream

struct SpanDestination: Sendable {
    let url: String
    let endpoint: Endpoint
    let resource: [(name: StaticString, value: String)]
    /// All but the length of the body.
    private let head: String

    /// Nil where nothing is sent.
    init?(_ configuration: Configuration) throws {
        let settings = configuration.tracing
        guard let target = settings.endpoint else { return nil }
        // One connection, as long as there is something to send.
        var route = ProxySettings(paths: [], targets: [target])
        route.pool.maxIdle = 1
        var tls = UpstreamTLSContexts()
        endpoint = try Endpoint(target, of: route, tls: &tls)
        url = target.url
        let name = settings.serviceName.isEmpty ? configuration.application.name : settings.serviceName
        resource = [
            ("service.name", name), ("service.version", PorticoVersion.number),
            ("deployment.environment.name", configuration.application.environment), ("host.name", Self.hostName),
        ]
        var fields = settings.headers.map { "\($0.name): \($0.value)\r\n" }.joined()
        if !settings.headersFile.isEmpty {
            for field in try HeaderFile.read(settings.headersFile) { fields += "\(field.name): \(field.value)\r\n" }
        }
        let host = target.host.contains(":") ? "[\(target.host)]" : target.host
        head =
            "POST \(target.basePath) HTTP/1.1\r\nHost: \(host):\(target.port)\r\n"
            + "User-Agent: portico/\(PorticoVersion.number)\r\nContent-Type: application/json\r\n\(fields)"
    }

    func head(length: Int) -> ByteBuffer { ByteBuffer(string: "\(head)Content-Length: \(length)\r\n\r\n") }

    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, 255)
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
