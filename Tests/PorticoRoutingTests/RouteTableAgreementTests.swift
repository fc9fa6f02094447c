// The compiled table against the rule it stands for: read the file from the top, take the first route that matches.
import PorticoConfig
import PorticoTesting
import Testing

@testable import PorticoRouting

@Suite struct RouteTableAgreementTests {
    private struct Request {
        var path: String
        var host: String
        var method: String
        var fields: [HeaderField]
    }

    private static let paths = ["", "/a", "/a/b", "/a/b/c", "/a/b/c/d/e/f", "/b", "/b/a", "/c", "/ab"]
    private static let hosts = [
        "a.example", "b.example", "x.a.example", "*.example", "*.a.example", "[::1]", "10.0.0.1",
    ]
    private static let methods = ["GET", "POST", "PURGE"]
    private static let fields = [
        HeaderField(name: "X-Beta", value: "1"), HeaderField(name: "x-beta", value: "2"),
        HeaderField(name: "X-Tenant", value: "*"),
    ]

    private static let asked: [Request] = {
        let paths = ["/", "/a", "/a/", "/a/b", "/a/b/c", "/a/b/c/d/e/f/g", "/ab", "/abc", "/b/a/x", "/c", "/d", "*"]
        let hosts = [
            "a.example", "A.EXAMPLE.", "b.example", "x.a.example", "y.x.a.example", "example", ".example", "", "[::1]",
            "10.0.0.1", "c.d", "xa.example",
        ]
        let fields = [[], [HeaderField(name: "x-BETA", value: "1")], [HeaderField(name: "X-Tenant", value: "q")]]
        return paths.flatMap { path in
            hosts.flatMap { host in
                methods.flatMap { method in
                    fields.map { Request(path: path, host: host, method: method, fields: $0) }
                }
            }
        }
    }()

    @Test(arguments: 0..<40)
    func itAgreesWithReadingTheListFromTheTop(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let routes = (0..<Int.random(in: 0...24, using: &random)).map { _ in Self.route(&random) }
        let table = RouteTable(routes)
        for request in Self.asked {
            #expect(
                Self.ask(table, request) == Self.readFromTheTop(routes, request), "\(seed): \(request) in \(routes)")
        }
    }

    private static func route(_ random: inout SplitMix) -> ProxySettings {
        let paths = (0..<Int.random(in: 1...3, using: &random)).map { _ -> PathPattern in
            let text = Self.paths.randomElement(using: &random)!
            guard !text.isEmpty else { return .any }
            return Bool.random(using: &random) ? .prefix(text) : .exact(text)
        }
        var route = ProxySettings(paths: paths, targets: [])
        route.hosts = some(of: hosts, &random)
        route.methods = some(of: methods, &random)
        route.headers = some(of: fields, &random)
        return route
    }

    private static func some<Element>(of list: [Element], _ random: inout SplitMix) -> [Element] {
        guard Int.random(in: 0..<3, using: &random) == 0 else { return [] }
        return list.filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
    }

    private static func ask(_ table: RouteTable, _ request: Request) -> RouteTable.Match? {
        Array(request.path.utf8).withUnsafeBytes { path in
            Array(request.host.utf8).withUnsafeBytes { host in
                Array(request.method.utf8).withUnsafeBytes { method in
                    table.match(path: path, host: host, method: method) { condition in
                        request.fields.contains { field in
                            Array(field.name.lowercased().utf8) == condition.name
                                && (condition.value.map { $0 == Array(field.value.utf8) } ?? true)
                        }
                    }
                }
            }
        }
    }

    private static func readFromTheTop(_ routes: [ProxySettings], _ request: Request) -> RouteTable.Match? {
        for (index, route) in routes.enumerated() {
            guard route.methods.isEmpty || route.methods.contains(request.method),
                route.hosts.isEmpty || route.hosts.contains(where: { covers($0, request.host.lowercased()) }),
                route.headers.allSatisfy({ wanted in request.fields.contains { holds(wanted, $0) } })
            else { continue }
            let lengths = route.paths.compactMap { length(of: $0, request.path) }
            guard let best = lengths.max() else { continue }
            return RouteTable.Match(route: index, prefixLength: best == .max ? 0 : best)
        }
        return nil
    }

    private static func covers(_ pattern: String, _ host: String) -> Bool {
        let host = host.hasSuffix(".") ? String(host.dropLast()) : host
        guard pattern.hasPrefix("*") else { return pattern == host }
        return host.hasSuffix(pattern.dropFirst()) && host.utf8.count > pattern.utf8.count - 1
    }

    private static func holds(_ wanted: HeaderField, _ field: HeaderField) -> Bool {
        wanted.name.lowercased() == field.name.lowercased() && (wanted.value == "*" || wanted.value == field.value)
    }

    /// The length of the prefix that covers the path; the highest number for the path itself.
    private static func length(of pattern: PathPattern, _ path: String) -> Int? {
        switch pattern {
        case .exact(let text): path == text ? .max : nil
        case .prefix(let text): path == text || path.hasPrefix(text + "/") ? text.utf8.count : nil
        case .any: 0
        }
    }
}
