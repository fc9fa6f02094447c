// What a health check sends and what it expects, compiled once from the configuration. Pure.
package import NIOCore
package import PorticoConfig
package import PorticoCore
package import PorticoHTTP

package struct HealthCheckPlan: Sendable, Equatable {
    package let type: HealthCheckType
    package let method: HTTPMethod
    /// The whole request: line and fields.
    package let head: ByteBuffer
    /// Sent behind it; only gRPC checks have one.
    package let body: ByteBuffer?
    package let statuses: [StatusRange]
    package let bodyText: [UInt8]
    package let timeout: Interval
    package let interval: Interval
    package let healthyThreshold: Int
    package let unhealthyThreshold: Int
    package let port: Int

    /// The most of a body that is read.
    package static let bodyLimit = 64 << 10

    /// Nil where the route asks for no check.
    package init?(_ route: ProxySettings, _ target: TargetSettings, authority: [UInt8]) {
        guard let check = route.healthCheck, check.enabled else { return nil }
        type = check.type
        method = check.type == .grpc ? .post : check.type == .http && check.method == "HEAD" ? .head : .get
        body = check.type == .grpc ? GRPCHealth.request(service: check.service) : nil
        statuses = check.expectStatus
        bodyText = check.type == .http ? Array(check.expectBody.utf8) : []
        interval = Interval(check.interval ?? route.healthInterval)
        timeout = Interval(check.timeout)
        healthyThreshold = check.healthyThreshold
        unhealthyThreshold = check.unhealthyThreshold
        port = check.port ?? target.port
        head = Self.head(check, target, authority: authority)
    }

    private static func head(
        _ check: HealthCheckSettings, _ target: TargetSettings, authority: [UInt8]
    ) -> ByteBuffer {
        var head = ByteBuffer()
        switch check.type {
        case .grpc: head.writeString("POST \(target.basePath)\(GRPCHealth.path) HTTP/1.1\r\n")
        case .http: head.writeString("\(check.method) \(target.basePath)\(check.path) HTTP/1.1\r\n")
        case .tcp, .websocket: head.writeString("GET \(target.basePath)\(check.path) HTTP/1.1\r\n")
        }
        if !check.headers.contains(where: { $0.name.lowercased() == "host" }) {
            head.writeStaticString("Host: ")
            head.writeBytes(authority)
            head.writeStaticString("\r\n")
        }
        if !check.headers.contains(where: { $0.name.lowercased() == "user-agent" }) {
            head.writeStaticString("User-Agent: portico-health\r\n")
        }
        for field in check.headers { head.writeString("\(field.name): \(field.value)\r\n") }
        switch check.type {
        case .websocket:
            // The key is of no consequence here: what is checked is that frames come back.
            head.writeStaticString(
                "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: cG9ydGljby1oZWFsdGgtIQ==\r\n"
            )
        case .grpc:
            head.writeStaticString("Content-Type: application/grpc\r\nTE: trailers\r\n")
            head.writeString("grpc-timeout: \(min(Interval(check.timeout).nanoseconds / 1_000_000, 99_999_999))m\r\n")
        case .http, .tcp: head.writeStaticString("Connection: close\r\n")
        }
        head.writeStaticString("\r\n")
        return head
    }

    /// Nil where the status is one that passes.
    func fault(inStatus status: Int) -> String? {
        statuses.contains { $0.codes.contains(status) } ? nil : "status \(status)"
    }
}

extension [UInt8] {
    /// Whether these bytes hold the others somewhere.
    func holds(_ part: [UInt8]) -> Bool {
        guard !part.isEmpty else { return true }
        guard count >= part.count else { return false }
        return (0...(count - part.count)).contains { start in
            self[start] == part[0] && self[start..<(start + part.count)].elementsEqual(part)
        }
    }
}
