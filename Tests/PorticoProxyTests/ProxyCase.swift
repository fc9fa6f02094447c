// A Portico with one route before scripted backends, for one test.
import Glibc
import PorticoConfig
import PorticoCore
import PorticoTesting
import Testing

/// `/api/*` goes to the backends. `edit` changes the route, `configure` the rest. All ends with `body`.
func withProxy(
    _ backends: FakeBackend..., paths: [PathPattern] = [.prefix("/api")],
    edit: (inout ProxySettings) -> Void = { _ in },
    configure: (inout Configuration) -> Void = { _ in }, _ body: (LiveServer) async throws -> Void
) async throws {
    var route = ProxySettings(paths: paths, targets: backends.map { TargetSettings(port: $0.port) })
    route.connectTimeout = .seconds(30)
    edit(&route)
    var configuration = Configuration()
    configuration.routes = [route]
    configure(&configuration)
    defer { for backend in backends { backend.stop() } }
    try await withServer(TempSite(), configuration) { try await body($0) }
}

extension TargetSettings {
    init(port: Int, basePath: String = "") {
        self.init(id: "127.0.0.1:\(port)", host: "127.0.0.1", port: port, basePath: basePath)
    }
}

/// A request head with a Host.
func get(_ path: String, _ fields: String..., method: String = "GET", version: String = "1.1") -> String {
    "\(method) \(path) HTTP/\(version)\r\nHost: client.example\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
}

/// What the backend got of one request.
func forwarded(
    _ request: String, paths: [PathPattern] = [.prefix("/api")], edit: (inout ProxySettings) -> Void = { _ in },
    configure: (inout Configuration) -> Void = { _ in }, sourceLocation: SourceLocation = #_sourceLocation
) async throws -> FakeBackend.Request {
    let backend = try FakeBackend.answering()
    try await withProxy(backend, paths: paths, edit: edit, configure: configure) { server in
        let answer = try RawClient(server.port).exchange(request)
        #expect(answer.status == 200, "\(answer.text)", sourceLocation: sourceLocation)
    }
    return try #require(backend.requests.first, sourceLocation: sourceLocation)
}

/// What the client got of one response.
func relayed(
    _ response: String, to request: String = get("/api/"), edit: (inout ProxySettings) -> Void = { _ in }
) async throws -> RawResponse {
    let backend = try FakeBackend { _ in [.readRequest, .send(response), .awaitEnd] }
    var answer: RawResponse?
    try await withProxy(backend, edit: edit) { server in answer = try RawClient(server.port).exchange(request) }
    return try #require(answer)
}

/// A port that refuses connections: bound for the life of the process, so that nobody else gets it, and never listened on: connections are refused.
func refusingPort() throws -> Int {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let socket = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    return withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(socket, $0, length)
            getsockname(socket, $0, &length)
        }
        return Int($0.pointee.sin_port.bigEndian)
    }
}

extension Configuration {
    mutating func trustLocalhost() { server.trustedProxies = [IPRange("127.0.0.0/8")!] }
}
