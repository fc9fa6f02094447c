// Which route takes which request.
import PorticoConfig
import Testing

@testable import PorticoRouting

@Suite struct RouteTableTests {
    private static func route(_ paths: PathPattern..., hosts: [String] = [], methods: [String] = []) -> ProxySettings {
        var settings = ProxySettings(paths: paths, targets: [])
        settings.hosts = hosts
        settings.methods = methods
        return settings
    }

    private static func match(_ table: RouteTable, _ path: String, host: String = "a.example", method: String = "GET")
        -> RouteTable.Match?
    {
        Array(path.utf8).withUnsafeBytes { path in
            Array(host.utf8).withUnsafeBytes { host in
                Array(method.utf8).withUnsafeBytes { table.match(path: path, host: host, method: $0) }
            }
        }
    }

    @Test func anEmptyTableTakesNothing() {
        let table = RouteTable([])
        #expect(table.isEmpty && Self.match(table, "/") == nil)
    }

    @Test func exactPathsMatchThemselvesAlone() {
        let table = RouteTable([Self.route(.exact("/health"))])
        #expect(Self.match(table, "/health") == RouteTable.Match(route: 0, prefixLength: 0))
        for path in ["/", "/health/", "/healthy", "/Health", "/health/x", "/x/health"] {
            #expect(Self.match(table, path) == nil, "\(path)")
        }
    }

    @Test func prefixesCoverThemselvesAndAllBelow() {
        let table = RouteTable([Self.route(.prefix("/api"))])
        for path in ["/api", "/api/", "/api/x", "/api/x/y"] {
            #expect(Self.match(table, path) == RouteTable.Match(route: 0, prefixLength: 4), "\(path)")
        }
        for path in ["/", "/ap", "/apix", "/x/api", "/API", "/api%2Fx"] {
            #expect(Self.match(table, path) == nil, "\(path)")
        }
    }

    @Test func theEmptyPrefixAndTheStarCoverEverything() {
        for pattern in [PathPattern.prefix(""), .any] {
            let table = RouteTable([Self.route(pattern)])
            for path in ["/", "/x", "/x/y", "*"] {
                // `/*` covers paths; the target of OPTIONS * is none.
                let isTaken = Self.match(table, path) == RouteTable.Match(route: 0, prefixLength: 0)
                #expect(isTaken || (path == "*" && pattern != .any), "\(pattern) \(path)")
            }
        }
    }

    @Test func theFirstInFileOrderWins() {
        let table = RouteTable([
            Self.route(.exact("/a/exact")), Self.route(.prefix("/a/b")), Self.route(.prefix("/a")), Self.route(.any),
            Self.route(.exact("/late")),
        ])
        let cases = [("/a/exact", 0), ("/a/b/c", 1), ("/a/c", 2), ("/a", 2), ("/other", 3), ("/late", 3)]
        for (path, route) in cases { #expect(Self.match(table, path)?.route == route, "\(path)") }
    }

    @Test func hostsAreComparedWithoutCaseAndStarsCoverSubdomains() {
        let table = RouteTable([
            Self.route(.any, hosts: ["api.example.com"]), Self.route(.any, hosts: ["*.example.com", "other.example"]),
        ])
        let cases: [(String, Int?)] = [
            ("api.example.com", 0), ("API.Example.COM", 0), ("api.example.com.", 0), ("www.example.com", 1),
            ("a.b.example.com", 1),
            ("other.example", 1), ("example.com", nil), (".example.com", nil), ("badexample.com", nil), ("", nil),
            ("example.com.evil", nil),
            ("api.example.com..", nil),
        ]
        for (host, route) in cases { #expect(Self.match(table, "/", host: host)?.route == route, "\(host)") }
    }

    @Test func methodsAreComparedExactly() {
        let table = RouteTable([Self.route(.any, methods: ["GET", "POST"])])
        for (method, isTaken) in [
            ("GET", true), ("POST", true), ("PUT", false), ("get", false), ("", false), ("GETX", false),
        ] {
            #expect((Self.match(table, "/", method: method) != nil) == isTaken, "\(method)")
        }
    }

    @Test func aRouteThatRefusesLeavesTheRequestToTheNext() {
        let table = RouteTable([
            Self.route(.exact("/x"), methods: ["POST"]), Self.route(.exact("/x")), Self.route(.prefix("/x")),
        ])
        #expect(Self.match(table, "/x", method: "POST")?.route == 0)
        #expect(Self.match(table, "/x", method: "GET")?.route == 1)
        #expect(Self.match(table, "/x/y", method: "GET") == RouteTable.Match(route: 2, prefixLength: 2))
    }

    /// The hashed table against reading the list from the top.
    @Test func itAgreesWithReadingTheListFromTheTop() {
        let texts = ["", "/a", "/a/b", "/a/b/c", "/b", "/b/a", "/c"]
        let methods = ["GET", "POST"]
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let routes = (0..<12).map { _ -> ProxySettings in
                let text = texts.randomElement(using: &random)!
                let pattern: PathPattern =
                    Bool.random(using: &random) ? .prefix(text) : text.isEmpty ? .any : .exact(text)
                return Self.route(
                    pattern, methods: Bool.random(using: &random) ? [] : [methods.randomElement(using: &random)!])
            }
            let table = RouteTable(routes)
            for path in texts.dropFirst() + ["/", "/a/", "/a/b/c/d", "/ab", "/b/a/x"] {
                for method in methods {
                    let expected = routes.firstIndex {
                        Self.takes($0, path) && ($0.methods.isEmpty || $0.methods.contains(method))
                    }
                    #expect(Self.match(table, path, method: method)?.route == expected, "\(path) \(method)")
                }
            }
        }
    }

    private static func takes(_ route: ProxySettings, _ path: String) -> Bool {
        switch route.paths[0] {
        case .exact(let text): path == text
        case .prefix(let text): path == text || path.hasPrefix(text + "/")
        case .any: true
        }
    }
}
