// `rewrite`: what a backend is asked for, and that nothing else than a path comes out.
import PorticoConfig
import PorticoTesting
import Testing

@testable import PorticoProxy

@Suite struct RewriteTests {
    private static func settings(_ from: String, _ to: String) -> RewriteSettings {
        var settings = RewriteSettings()
        settings.from = from
        settings.to = to
        return settings
    }

    private static func asked(_ target: String, _ from: String, _ to: String, strip: Bool = true) async throws -> String
    {
        try await forwarded(get(target)) {
            $0.rewrite = settings(from, to)
            $0.stripPrefix = strip
        }.target
    }

    @Test(arguments: [
        ("/api/v1/users?x=1", "/users?x=1"), ("/api/v2/users", "/v2/users"), ("/api/v1/", "/"),
        // What routes see counts, not how it was written; what does not match stays as it was written.
        ("/api/%761/users", "/users"), ("/api/x/../v1/users", "/users"), ("/api/%76%32/x", "/%76%32/x"),
        ("/api/v1/a%2Fb", "/a%2Fb"), ("/api/v1/?", "/?"),
    ])
    func `the path without its prefix is rewritten`(_ target: String, _ expected: String) async throws {
        #expect(try await Self.asked(target, "^/v1/(.*)$", "/$1") == expected)
    }

    @Test func `the prefix is there where it is kept`() async throws {
        #expect(try await Self.asked("/api/v1/x", "^/api/", "/internal/", strip: false) == "/internal/v1/x")
    }

    @Test func `the match alone is replaced`() async throws {
        #expect(try await Self.asked("/api/a/old/b", "old", "new") == "/a/new/b")
    }

    @Test(arguments: [("/api/7", "/item?id=7"), ("/api/7?a=b", "/item?id=7&a=b")])
    func `a rule may write a query, the client's follows`(_ target: String, _ expected: String) async throws {
        #expect(try await Self.asked(target, "^/(\\d+)$", "/item?id=$1") == expected)
    }

    @Test func `the base path of a target stands in front`() async throws {
        let backend = try FakeBackend.answering()
        try await withProxy(
            backend,
            edit: {
                $0.rewrite = Self.settings("^/v1", "/new")
                $0.targets = [TargetSettings(port: $0.targets[0].port, basePath: "/base")]
            }
        ) { server in
            let client = try RawClient(server.port)
            #expect(try client.exchange(get("/api/v1/x")).status == 200)
        }
        #expect(backend.requests.first?.target == "/base/new/x")
    }

    @Test func `what is no path is answered with 400`() async throws {
        let backend = try FakeBackend.answering()
        try await withProxy(backend, edit: { $0.rewrite = Self.settings("^/(.*)$", "$1") }) { server in
            let client = try RawClient(server.port)
            #expect(try client.exchange(get("/api/x")).status == 400)
            #expect(server.accessLines(1).first?.contains("\"reason\":\"rewrite_invalid\"") == true)
        }
        #expect(backend.requests.isEmpty)
    }

    @Test(arguments: [
        ("/a/b", "^/(.*)/", "/$1/../../", PathRewrite.Outcome.invalid), ("/a/b", "b", "../x", .path(Array("/x".utf8))),
        ("/a", "a", "../x", .invalid),
        ("/.x.", "^/(.)x(.)$", "/$1$2/y", .invalid), ("/a", "^", "x", .invalid), ("/a", "b", "c", .unchanged),
        ("/a", "^/a$", "", .invalid), ("/a", "a", "%zz", .invalid), ("/a/b", "b", "%2e%2e/c", .path(Array("/c".utf8))),
        ("/" + String(repeating: "a", count: 8000), "^/(.*)$", "/$1$1$1", .invalid),
    ])
    func `results climb nowhere and have bounds`(
        _ path: String, _ from: String, _ to: String, _ expected: PathRewrite.Outcome
    ) throws {
        let rewrite = try #require(PathRewrite(Self.settings(from, to)))
        // `/../` of the root itself climbs; below it, it is removed.
        let outcome = Array(path.utf8).withUnsafeBytes { rewrite.apply(to: $0, dropping: 0) }
        #expect(outcome == expected)
    }
}
