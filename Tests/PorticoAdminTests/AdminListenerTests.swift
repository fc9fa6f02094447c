// The admin listener of a whole server, over real sockets.
import PorticoConfig
import PorticoCore
import PorticoTesting
import PorticoUpstream
import Testing

@Suite struct AdminListenerTests {
    /// A server with one route and an admin listener; `body` gets a way to ask it.
    private func withAdmin(
        _ backend: FakeBackend, edit: (inout Configuration) -> Void = { _ in },
        _ body: (LiveServer, (_ method: String, _ path: String, _ fields: String) throws -> RawResponse) async throws ->
            Void
    ) async throws {
        var target = TargetSettings(id: "one:1", host: "127.0.0.1", port: backend.port)
        target.enabled = true
        let route = ProxySettings(paths: [.prefix("/api")], targets: [target])
        var configuration = Configuration()
        configuration.routes = [route]
        configuration.admin.port = 0
        edit(&configuration)
        defer { backend.stop() }
        try await withServer(TempSite(), configuration) { server in
            let port = try #require(server.adminPort)
            try await body(server) { method, path, fields in
                let length = method == "POST" ? "Content-Length: 0\r\n" : ""
                let host = fields.contains("Host: ") ? "" : "Host: 127.0.0.1:\(port)\r\n"
                return try RawClient(port).exchange("\(method) \(path) HTTP/1.1\r\n\(host)\(length)\(fields)\r\n")
            }
        }
    }

    private static let request = "GET /api/ HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test func `shows its documents as JSON, and tables to those who want text`() async throws {
        try await withAdmin(FakeBackend.answering()) { server, ask in
            _ = try RawClient(server.port).exchange(Self.request)
            for path in [
                "/", "/status", "/routes", "/targets", "/balancer/health", "/balancer/status", "/config",
                "/config/health",
                "/config/status", "/static/status", "/health",
            ] {
                let answer = try ask("GET", path, "")
                #expect(answer.status == 200, "\(path)")
                #expect(answer["Content-Type"] == "application/json", "\(path)")
            }
            let targets = try ask("GET", "/targets", "")
            #expect(targets.text.contains(#""id": "one:1""#))
            #expect(targets.text.contains(#""successes": 1"#))
            #expect(targets.text.contains(#""health": "unknown""#))
            let table = try ask("GET", "/targets", "Accept: text/plain\r\n")
            #expect(table["Content-Type"] == "text/plain; charset=utf-8")
            #expect(table.text.contains("TARGET  ROUTE   MODE     HEALTH   BREAKER"))
            let missing = try ask("GET", "/nothing", "")
            #expect(missing.status == 404)
            let unknown = try ask("DELETE", "/targets", "")
            #expect(unknown.status == 405)
        }
    }

    @Test func `drains a target while its request ends, and brings it back`() async throws {
        let backend = try FakeBackend { _ in
            (0..<3).flatMap { _ in [FakeBackend.Step.readRequest, .pause(.milliseconds(300)), .answer("done")] }
        }
        try await withAdmin(backend) { server, ask in
            let running = try RawClient(server.port)
            running.send(Self.request)
            _ = backend.requests(1)
            let drained = try ask("POST", "/targets/one%3A1/drain", "")
            #expect(drained.status == 200)
            let targets = try ask("GET", "/targets", "")
            #expect(targets.text.contains(#""mode": "draining""#))
            #expect(targets.text.contains(#""in_flight": 1"#))
            let refused = try RawClient(server.port).exchange(Self.request)
            #expect(refused.status == 503)
            let health = try ask("GET", "/balancer/health", "")
            #expect(health.status == 503)
            #expect(try running.response().text.hasSuffix("done"))
            let enabled = try ask("POST", "/targets/one:1/enable", "")
            #expect(enabled.status == 200)
            let answered = try RawClient(server.port).exchange(Self.request)
            #expect(answered.status == 200)
            #expect(server.line { $0.contains("target mode changed") }?.contains(#""to":"draining""#) == true)
        }
    }

    @Test func `refuses pages of other origins, foreign names and unknown targets`() async throws {
        try await withAdmin(FakeBackend.answering()) { server, ask in
            let crossed = try ask("POST", "/targets/one:1/disable", "Origin: http://evil.example\r\n")
            #expect(crossed.status == 403)
            let fetched = try ask("POST", "/targets/one:1/disable", "Sec-Fetch-Site: cross-site\r\n")
            #expect(fetched.status == 403)
            let rebound = try ask("GET", "/targets", "Host: evil.example\r\n")
            #expect(rebound.status == 403)
            #expect(server.targets.all.first?.mode == .enabled)
            let nobody = try ask("POST", "/targets/nobody/disable", "")
            #expect(nobody.status == 404)
            let nothing = try ask("POST", "/targets/one:1/explode", "")
            #expect(nothing.status == 404)
        }
    }

    @Test func `asks for the token and shows it nowhere`() async throws {
        try await withAdmin(FakeBackend.answering(), edit: { $0.admin.token = "open-sesame" }) { _, ask in
            let stranger = try ask("GET", "/config", "")
            #expect(stranger.status == 401)
            #expect(stranger["WWW-Authenticate"] == "Bearer")
            let config = try ask("GET", "/config", "Authorization: Bearer open-sesame\r\n")
            #expect(config.status == 200)
            #expect(!config.text.contains("open-sesame"))
            #expect(config.text.contains("<redacted>"))
        }
    }

    @Test func `a configured port that is taken ends the start`() async throws {
        var configuration = Configuration()
        configuration.admin.port = 0
        try await withServer(TempSite(), configuration) { server in
            let port = try #require(server.adminPort)
            var second = Configuration()
            second.admin.port = port
            await #expect(throws: (any Error).self) { try await LiveServer.start(second) }
        }
    }
}
