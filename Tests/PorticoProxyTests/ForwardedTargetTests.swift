// Which target the backend is asked for.
import PorticoConfig
import PorticoTesting
import Testing

private struct Row: Sendable, CustomTestStringConvertible {
    let pattern: PathPattern
    let strips: Bool
    let base: String
    let sent: String
    let expected: String

    init(_ pattern: PathPattern, strips: Bool = true, base: String = "", _ sent: String, _ expected: String) {
        self.pattern = pattern
        self.strips = strips
        self.base = base
        self.sent = sent
        self.expected = expected
    }

    var testDescription: String { "\(pattern) \(strips ? "" : "whole ")\(base) \(sent)" }
}

@Suite struct ForwardedTargetTests {
    private static let rows = [
        Row(.prefix("/api"), "/api/users", "/users"),
        Row(.prefix("/api"), "/api", "/"),
        Row(.prefix("/api"), "/api/", "/"),
        Row(.prefix("/api"), "/api?x=1", "/?x=1"),
        Row(.prefix("/api"), "/api/a?x=1&y=%20?z", "/a?x=1&y=%20?z"),
        Row(.prefix("/api"), "/api/a?", "/a?"),
        Row(.prefix("/api"), strips: false, "/api/users?x", "/api/users?x"),
        Row(.prefix("/api"), base: "/v1", "/api/users", "/v1/users"),
        Row(.prefix("/api"), strips: false, base: "/v1", "/api/users", "/v1/api/users"),
        Row(.exact("/health"), "/health?deep", "/health?deep"),
        Row(.exact("/health"), base: "/v1", "/health", "/v1/health"),
        Row(.any, "/any/where", "/any/where"),
        Row(.any, base: "/b", "/", "/b/"),
        // The bytes as they were sent, whatever routing made of them.
        Row(.prefix("/api"), "/api/a%2Fb%20c", "/a%2Fb%20c"),
        Row(.prefix("/api"), "/api/%41%7e%2f", "/%41%7e%2f"),
        Row(.prefix("/api"), "/%61pi/%41", "/%41"),
        Row(.prefix("/api"), strips: false, "/%61pi/%41/./b", "/%61pi/%41/./b"),
        Row(.any, "/a/../b%2e", "/a/../b%2e"),
        Row(.prefix("/api"), "/api//a", "//a"),
        Row(.prefix("/api"), "/api/a;b=c/'()*", "/a;b=c/'()*"),
        // Where dot segments were resolved, cutting the sent bytes would cut the wrong ones.
        Row(.prefix("/api"), "/x/../api/a%41", "/aA"),
        Row(.prefix("/api"), "/api/../api/./a", "/a"),
        // Absolute form.
        Row(.prefix("/api"), "http://other.example/api/a?b", "/a?b"),
    ]

    @Test(arguments: rows) private func `the backend is asked for`(_ row: Row) async throws {
        let backend = try FakeBackend.answering()
        try await withProxy(
            backend, paths: [row.pattern],
            edit: {
                $0.stripPrefix = row.strips
                $0.targets = [TargetSettings(port: backend.port, basePath: row.base)]
            }
        ) { server in
            let answer = try RawClient(server.port).exchange(get(row.sent))
            #expect(answer.status == 200)
        }
        #expect(backend.requests.first?.target == row.expected)
    }

    @Test func `the authority of an absolute target is the Host`() async throws {
        let seen = try await forwarded(get("http://other.example:81/api/a"))
        #expect(seen.all("Host") == ["other.example:81"])
        #expect(seen["X-Forwarded-Host"] == "other.example:81")
    }

    @Test func `an exact route takes nothing below it`() async throws {
        let backend = try FakeBackend.answering()
        try await withProxy(backend, paths: [.exact("/health")]) { server in
            _ = try RawClient(server.port).exchange(get("/health/x"))
        }
        #expect(backend.requests.isEmpty)
    }

    @Test func `OPTIONS for the server as a whole is passed on`() async throws {
        #expect(try await forwarded(get("*", method: "OPTIONS"), paths: [.any]).line == "OPTIONS * HTTP/1.1")
    }

    @Test func `methods nobody heard of are passed on`() async throws {
        #expect(try await forwarded(get("/api/x", method: "PROPFIND")).line == "PROPFIND /x HTTP/1.1")
    }
}
