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
                Array(method.utf8).withUnsafeBytes { table.match(path: path, host: host, method: $0) { _ in false } }
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

    @Test func withinARouteTheMostSpecificPathSaysHowLongThePrefixIs() {
        let table = RouteTable([Self.route(.any, .prefix("/api"), .prefix("/api/v1"), .exact("/api/v1/health"))])
        let cases = [("/", 0), ("/api/x", 4), ("/api/v1/x", 7), ("/api/v1", 7), ("/api/v1/health", 0)]
        for (path, length) in cases {
            #expect(Self.match(table, path) == RouteTable.Match(route: 0, prefixLength: length), "\(path)")
        }
    }

    @Test func hostsLongerThanANameMayBeMatchOnlyRoutesWithoutHosts() {
        let table = RouteTable([Self.route(.any, hosts: ["*.example.com"]), Self.route(.exact("/x"))])
        let long = String(repeating: "a.", count: 300) + "example.com"
        #expect(Self.match(table, "/", host: long) == nil)
        #expect(Self.match(table, "/x", host: long)?.route == 1)
    }
}
