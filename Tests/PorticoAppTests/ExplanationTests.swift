// What `portico explain` says is what the server does: both run the same pipeline, and here they are asked the same things.
import PorticoApp
import PorticoConfig
import PorticoTesting
import Testing

@Suite struct ExplanationTests {
    private static func site() -> TempSite {
        let site = TempSite([
            "index.html": "home", "about.html": String(repeating: "about ", count: 300), "dir/index.html": "dir",
            "app.js": "js", "old.txt": "old",
        ])
        site.files.write("about.html.gz", [1, 2, 3])
        site.files.setModified("about.html", 1_600_000_000)
        return site
    }

    private static func configuration(_ site: TempSite) -> Configuration {
        var configuration = site.configuration
        configuration.redirects = [
            RedirectSettings(from: "/moved/*", to: "/new/$1", status: 301),
            RedirectSettings(from: "/alias/*", to: "/$1", status: 200),
        ]
        configuration.routes = [
            ProxySettings(
                paths: [.prefix("/api")],
                targets: [TargetSettings(id: "one", host: "127.0.0.1", port: 1, basePath: "/v1")])
        ]
        return configuration
    }

    private static func explain(_ url: String, _ fields: String..., method: String = "GET") async throws -> Explanation
    {
        let site = site()
        defer { withExtendedLifetime(site) {} }
        return try await Explanation.make(
            .init(url: url, method: method, fields: fields), by: configuration(site))
    }

    /// The first note of a step.
    private static func note(_ explanation: Explanation, _ name: String) -> String {
        explanation.steps.first { $0.name == name }?.text ?? ""
    }

    @Test func statusAndHeadersAreThoseOfTheServer() async throws {
        let site = Self.site()
        let cases: [(String, [String])] = [
            ("/", []), ("/about.html", ["Accept-Encoding: gzip"]),
            ("/about.html", ["Accept-Encoding: br;q=1, gzip;q=0.1"]),
            ("/app.js", ["Range: bytes=0-0"]), ("/dir", []), ("/none.js", []), ("/users/7", ["Accept: text/html"]),
            ("/moved/x?y=z", []), ("/alias/old.txt", []), ("/ping", []), ("/%zz", []), ("/../x", []),
        ]
        try await withServer(site, Self.configuration(site)) { server in
            for (path, fields) in cases {
                let request = "GET \(path) HTTP/1.1\r\nHost: a\r\n\(fields.map { $0 + "\r\n" }.joined())\r\n"
                let answer = try RawClient(server.port).exchange(request)
                let told = try await Explanation.make(
                    .init(url: "http://a\(path)", fields: fields), by: Self.configuration(site))
                #expect(told.status == answer.status, "\(path)")
                let own = ["date", "server", "connection", "x-request-id", "content-length"]
                let sent = answer.fields.map { "\($0.name): \($0.value)" }
                    .filter { line in !own.contains { line.lowercased().hasPrefix($0 + ":") } }
                let expected = told.fieldLines.filter { line in !own.contains { line.lowercased().hasPrefix($0 + ":") }
                }
                #expect(sent.sorted() == expected.sorted(), "\(path)")
            }
        }
    }

    @Test func aFileIsToldWithItsReasons() async throws {
        let told = try await Self.explain("http://a.example/about.html", "Accept-Encoding: gzip")
        #expect(told.status == 200 && told.fieldLines.contains("Content-Encoding: gzip"))
        #expect(Self.note(told, "route") == "none of 1 [[proxy]] matches")
        #expect(Self.note(told, "file").hasSuffix("/site/about.html exists, 1800 bytes"))
        #expect(Self.note(told, "encoding").contains("gzip"))
        #expect(Self.note(told, "variant").hasPrefix("the sidecar file"))
        #expect(Self.note(told, "cache").isEmpty)
        var admin = AdminSettings()
        admin.enabled = false
        #expect(Self.note(told.askingServer(admin), "cache").hasPrefix("not known: [admin] is not enabled"))
    }

    @Test func aRunningServerTellsWhatItsCacheHolds() async throws {
        let site = Self.site()
        var configuration = Self.configuration(site)
        configuration.admin.port = 0
        var unreachable = configuration.admin
        try await withServer(site, configuration) { server in
            configuration.admin.port = try #require(server.adminPort)
            unreachable = configuration.admin
            func state(_ path: String, _ fields: String...) async throws -> String {
                let told = try await Explanation.make(.init(url: "http://a\(path)", fields: fields), by: configuration)
                return Self.note(told.askingServer(configuration.admin), "cache")
            }
            #expect(try await state("/about.html").hasPrefix("not in memory"))
            _ = try RawClient(server.port).exchange(
                "GET /about.html HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br\r\n\r\n")
            let held = try await state("/about.html")
            #expect(held.hasPrefix("in memory, ") && held.contains("gzip not asked for yet"), "\(held)")
            #expect(held.contains("br made quickly") || held.contains("br as good as it gets"), "\(held)")
            // What answers is kept by its own name: the fallback, and an index.
            _ = try RawClient(server.port).exchange("GET /dir/ HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await state("/dir/").hasPrefix("in memory, "))
            #expect(try await state("/users/7", "Accept: text/html").hasPrefix("not in memory"))
            _ = try RawClient(server.port).exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await state("/none.js").isEmpty)
        }
        let told = try await Explanation.make(.init(url: "http://a/about.html"), by: configuration)
        #expect(Self.note(told.askingServer(unreachable), "cache").hasPrefix("not known: no Portico answers"))
    }

    @Test func redirectsRewritesAndFallbacksAreNamed() async throws {
        let moved = try await Self.explain("/moved/x")
        #expect(moved.status == 301 && Self.note(moved, "redirect").contains("/moved/*"))
        #expect(moved.fieldLines.contains("Location: /new/x"))
        let alias = try await Self.explain("/alias/old.txt")
        #expect(alias.status == 200 && Self.note(alias, "rewrite").contains("/old.txt"))
        let page = try await Self.explain("/users/7", "Accept: text/html")
        #expect(page.status == 200 && Self.note(page, "fallback").contains("index.html answers"))
        let asset = try await Self.explain("/none.js", "Accept: text/html")
        #expect(asset.status == 404 && Self.note(asset, "fallback").hasPrefix("not asked"))
    }

    @Test func aRouteIsToldWithTheRequestTheBackendWouldGet() async throws {
        let told = try await Self.explain("http://a.example/api/users?x=1", "X-A: b", method: "POST")
        #expect(told.status == 0 && Self.note(told, "target").hasPrefix("one: the only one"))
        let forwarded = told.steps.filter { $0.name == "forward" }.map(\.text)
        #expect(forwarded.first == "POST /v1/users?x=1 HTTP/1.1")
        #expect(forwarded.contains("Host: a.example") && forwarded.contains { $0.lowercased() == "x-a: b" })
        #expect(told.text.contains("answer by the backend"))
        #expect(told.json.contains("\"answer\": null"))
    }

    @Test func theTargetOfAStickyCookieIsTold() async throws {
        let backends = try (0..<3).map {
            try FakeBackend.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nt\($0)")
        }
        defer { for backend in backends { backend.stop() } }
        let site = Self.site()
        var configuration = site.configuration
        var route = ProxySettings(
            paths: [.prefix("/api")],
            targets: backends.enumerated().map { TargetSettings(id: "t\($0)", host: "127.0.0.1", port: $1.port) })
        route.sticky.enabled = true
        route.sticky.secret = "known to both"
        configuration.routes = [route]
        try await withServer(site, configuration) { server in
            for _ in 0..<3 {
                let answer = try RawClient(server.port).exchange("GET /api/ HTTP/1.1\r\nHost: a\r\n\r\n")
                let cookie = try #require(answer["Set-Cookie"]).prefix { $0 != ";" }
                let told = try await Explanation.make(
                    .init(url: "http://a/api/", fields: ["Cookie: x=y; \(cookie)"]), by: configuration)
                #expect(Self.note(told, "target") == "\(answer.text): the one that the client's cookie names")
            }
            configuration.routes[0].sticky.secret = "another"
            let told = try await Explanation.make(
                .init(url: "http://a/api/", fields: ["Cookie: portico=abc"]), by: configuration)
            #expect(Self.note(told, "target").contains("names none of these"))
        }
    }

    @Test func whatIsNoURLIsRefused() async throws {
        await #expect(throws: Explanation.Refusal.self) { try await Self.explain("example.com/x") }
    }
}
