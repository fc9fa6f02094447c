// The lint for routes that are never reached: the first match in file order wins, so earlier routes may take all that a later
// one could. Several of them together count as well.

enum HiddenRoutes {
    /// A file of very many routes is not compared pair by pair.
    private static let mostCompared = 2000
    /// A route that asks for more combinations of path, host and method than this is not looked at.
    private static let mostCombinations = 256
    /// A route of more hosts and paths together is not looked at one by one.
    private static let mostParts = 64

    static func lint(_ routes: [ProxySettings], _ reading: inout Reading) {
        guard routes.count <= mostCompared else { return }
        for (index, route) in routes.enumerated() where !route.paths.isEmpty {
            let hiders = hiders(of: route, among: routes[..<index])
            if hiders.isEmpty {
                lintParts(of: route, index, routes, &reading)
            } else {
                warn("", hiders, index, routes, &reading)
            }
        }
    }

    /// Some is left of it, but maybe not of each of its hosts and paths.
    private static func lintParts(
        of route: ProxySettings, _ index: Int, _ routes: [ProxySettings], _ reading: inout Reading
    ) {
        guard route.hosts.count + route.paths.count <= mostParts else { return }
        var parts: [(String, ProxySettings)] = []
        for host in route.hosts.count > 1 ? route.hosts : [] {
            parts.append((" by host \"\(host)\"", route.with { $0.hosts = [host] }))
        }
        for path in route.paths.count > 1 ? route.paths : [] {
            parts.append((" by path \"\(path)\"", route.with { $0.paths = [path] }))
        }
        for (text, part) in parts {
            let hiders = hiders(of: part, among: routes[..<index])
            if !hiders.isEmpty { warn(text, hiders, index, routes, &reading) }
        }
    }

    private static func warn(
        _ part: String, _ hiders: [Int], _ index: Int, _ routes: [ProxySettings], _ reading: inout Reading
    ) {
        reading.warn(
            "this route is never reached\(part): \(name(hiders[0], routes, reading)) "
                + (hiders.count == 1 ? "takes its requests" : "and \(others(hiders.count - 1)) take its requests"),
            at: reading.accepted["proxy[\(index)].path"])
    }

    private static func name(_ index: Int, _ routes: [ProxySettings], _ reading: Reading) -> String {
        let paths = routes[index].paths.map { "\"\($0)\"" }.joined(separator: ", ")
        let place = reading.accepted["proxy[\(index)].path"].flatMap(\.key).map { " in line \($0.line)" } ?? ""
        return "the [[proxy]] with path \(paths)\(place)"
    }

    private static func others(_ count: Int) -> String { count == 1 ? "another" : "\(count) others" }

    /// The earlier routes that leave nothing to this one, in file order; empty where something is left.
    private static func hiders(of route: ProxySettings, among earlier: ArraySlice<ProxySettings>) -> [Int] {
        let candidates = earlier.indices.filter { earlier[$0].asksNoMoreFields(than: route) }
        if let one = candidates.first(where: { index in
            route.requests.allSatisfy { earlier[index].takes($0) }
        }) {
            return [one]
        }
        guard candidates.count > 1, route.combinations <= mostCombinations else { return [] }
        var hiders: Set<Int> = []
        for request in route.requests {
            guard let hider = candidates.first(where: { earlier[$0].takes(request) }) else { return [] }
            hiders.insert(hider)
        }
        return hiders.sorted()
    }
}

/// The requests of one path, host and method of a route; nil stands for any.
private struct RequestKind {
    let path: PathPattern
    let host: String?
    let method: String?
}

extension ProxySettings {
    fileprivate func with(_ edit: (inout Self) -> Void) -> Self {
        var copy = self
        edit(&copy)
        return copy
    }

    fileprivate var combinations: Int { paths.count * max(1, hosts.count) * max(1, methods.count) }

    fileprivate var requests: some Sequence<RequestKind> {
        let hosts = hosts.isEmpty ? [nil] : hosts.map(Optional.some)
        let methods = methods.isEmpty ? [nil] : methods.map(Optional.some)
        return paths.lazy.flatMap { path in
            hosts.lazy.flatMap { host in
                methods.lazy.map { RequestKind(path: path, host: host, method: $0) }
            }
        }
    }

    /// Whether all requests of the kind are taken by this route, header fields aside.
    fileprivate func takes(_ request: RequestKind) -> Bool {
        paths.contains { $0.covers(request.path) }
            && (hosts.isEmpty || request.host.map { HostCover.list(hosts, covers: $0) } ?? false)
            && (methods.isEmpty || request.method.map(methods.contains) ?? false)
    }

    /// Whether each field this route asks for is asked for by the other as well.
    fileprivate func asksNoMoreFields(than other: ProxySettings) -> Bool {
        headers.allSatisfy { field in
            other.headers.contains {
                $0.name.lowercased() == field.name.lowercased() && (field.value == "*" || field.value == $0.value)
            }
        }
    }
}
