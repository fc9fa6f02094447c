// `ssl_required`: what happens to requests that came in the clear.
import PorticoConfig
import PorticoTesting
import Testing

@Suite struct SecureRouteTests {
    private func ask(_ requests: String..., trusts: Bool = false, port: Int? = nil) async throws -> [RawResponse] {
        let backend = try FakeBackend.answering()
        var answers: [RawResponse] = []
        try await withProxy(
            backend, edit: { $0.requiresTLS = true }, configure: { if trusts { $0.trustLocalhost() } }
        ) { server in
            for request in requests { answers.append(try RawClient(server.port).exchange(request)) }
        }
        return answers
    }

    @Test func `safe requests are redirected with path and query`() async throws {
        let answer = try await ask(get("/api/a%20b?x=1&y"))[0]
        #expect(answer.status == 308 && answer["Location"] == "https://client.example/api/a%20b?x=1&y")
    }

    @Test func `the client's port is not ours`() async throws {
        let answer = try await ask("GET /api/ HTTP/1.1\r\nHost: client.example:8080\r\n\r\n")[0]
        #expect(answer["Location"] == "https://client.example/api/")
    }

    @Test func `others are refused`() async throws {
        let upgrade = get(
            "/api/", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
        let answers = try await ask(
            get("/api/", "Content-Length: 0", method: "POST"), get("/api/", method: "DELETE"), upgrade,
            "GET /api/ HTTP/1.0\r\n\r\n")
        for answer in answers { #expect(answer.status == 403 && answer["Location"] == nil) }
    }

    @Test func `a trusted proxy says what the client spoke`() async throws {
        let claim = get("/api/", "X-Forwarded-Proto: https")
        #expect(try await ask(claim)[0].status == 308)
        let answers = try await ask(claim, get("/api/"), trusts: true)
        #expect(answers.map(\.status) == [200, 308])
    }
}
