// Which `[[proxy]]` route answers a request: the first in file order whose path, host, method and header fields match.
// Pure; knows no targets. Hosts and paths are found by hash, each in one pass, so that a thousand routes cost what one does.
package import PorticoConfig
import PorticoCore

package final class RouteTable: Sendable {
    package struct Match: Equatable, Sendable {
        /// Index into the routes as configured.
        package let route: Int
        /// Bytes of the path that the route's wildcard prefix covers; 0 for exact routes and `*`.
        package let prefixLength: Int
    }

    /// The routes of one host pattern, or of those that name none. What is cheap to know before looking is noted here.
    private struct PathSet {
        var firstRoute = Int.max
        var hasExact = false
        /// A bit per length of a prefix; the last one stands for all that are longer.
        var prefixLengths: UInt64 = 0
        /// Into `candidates`.
        var catchAll = 0..<0
    }

    /// The best so far: the earliest route, and of its paths the most specific.
    private struct Best {
        var route = Int.max
        var specificity = -1
        var prefixLength = 0
    }

    private let hosts: HostIndex
    /// By host pattern; the last one is of the routes without a host.
    private let sets: [PathSet]
    private let paths: KeyIndex
    /// By number of the path: where its routes lie in `candidates`, in file order.
    private let ranges: [Range<Int>]
    private let candidates: [Int]
    private let conditions: [RouteConditions?]
    package let isEmpty: Bool

    package init(_ routes: [ProxySettings]) {
        var build = RouteTableBuild()
        for (index, route) in routes.enumerated() { build.add(route, at: index) }
        let layout = build.layout()
        hosts = HostIndex(build.hosts)
        paths = KeyIndex(layout.keys)
        ranges = layout.ranges
        candidates = layout.candidates
        sets = layout.sets.map { set in
            PathSet(
                firstRoute: set.firstRoute, hasExact: set.hasExact,
                prefixLengths: set.prefixLengths.reduce(0) { $0 | Self.bit($1) }, catchAll: set.catchAll)
        }
        conditions = routes.map(RouteConditions.init)
        isEmpty = routes.isEmpty
    }

    private static func bit(_ length: Int) -> UInt64 { 1 << UInt64(min(length, 63)) }

    /// `path` is normalised; `host` is as sent, without port; `field` says whether the request has such a field.
    package func match(
        path: UnsafeRawBufferPointer, host: UnsafeRawBufferPointer, method: UnsafeRawBufferPointer,
        field: (FieldCondition) -> Bool
    ) -> Match? {
        var best = Best()
        let request = Request(path: path, method: method)
        look(in: sets.count - 1, request, field, &best)
        if !hosts.isEmpty {
            hosts.forEachMatch(host) { look(in: $0, request, field, &best) }
        }
        return best.route == .max ? nil : Match(route: best.route, prefixLength: best.prefixLength)
    }

    private struct Request {
        let path: UnsafeRawBufferPointer
        let method: UnsafeRawBufferPointer
    }

    /// Looks through the routes of one host pattern for a better one.
    private func look(
        in number: Int, _ request: Request, _ field: (FieldCondition) -> Bool, _ best: inout Best
    ) {
        let (set, path) = (sets[number], request.path)
        guard set.firstRoute <= best.route else { return }
        if !set.catchAll.isEmpty { offer(set.catchAll, request, field, Best(specificity: 0), &best) }
        guard set.hasExact || set.prefixLengths != 0 else { return }
        var hash = RollingHash()
        for length in 0...path.count {
            // `/api/*` covers `/api` and all below: ask at each slash and at the end.
            let isEnd = length == path.count
            if isEnd || path[length] == 0x2F, set.prefixLengths & Self.bit(length) != 0 {
                let prefix = UnsafeRawBufferPointer(rebasing: path[..<length])
                let found = paths.find(prefix, hash, in: RouteTableBuild.keySet(number, isPrefix: true))
                if found >= 0 {
                    let how = Best(specificity: 1 + length, prefixLength: length)
                    offer(ranges[found], request, field, how, &best)
                }
            }
            if !isEnd { hash.add(path[length]) }
        }
        guard set.hasExact else { return }
        let found = paths.find(path, hash, in: RouteTableBuild.keySet(number, isPrefix: false))
        if found >= 0 { offer(ranges[found], request, field, Best(specificity: .max), &best) }
    }

    /// Takes the first route of a list that is better than the best so far and whose conditions hold.
    private func offer(
        _ range: Range<Int>, _ request: Request, _ field: (FieldCondition) -> Bool, _ how: Best, _ best: inout Best
    ) {
        for index in range {
            let route = candidates[index]
            guard route < best.route || (route == best.route && how.specificity > best.specificity) else { return }
            if let conditions = conditions[route], !conditions.holds(request.method, field) { continue }
            best = how
            best.route = route
            return
        }
    }
}
