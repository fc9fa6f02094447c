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
        func look(in number: Int) {
            let set = sets[number]
            guard set.firstRoute <= best.route else { return }
            search(set, number, path) { range, specificity, prefixLength in
                for index in range {
                    let route = candidates[index]
                    guard route < best.route || (route == best.route && specificity > best.specificity) else { return }
                    if let conditions = conditions[route], !conditions.holds(method, field) { continue }
                    best = Best(route: route, specificity: specificity, prefixLength: prefixLength)
                    return
                }
            }
        }
        look(in: sets.count - 1)
        if !hosts.isEmpty { hosts.forEachMatch(host, look) }
        return best.route == .max ? nil : Match(route: best.route, prefixLength: best.prefixLength)
    }

    /// Offers the lists of routes whose path matches, with how specific that path is.
    @inline(__always)
    private func search(
        _ set: PathSet, _ number: Int, _ path: UnsafeRawBufferPointer,
        offer: (Range<Int>, _ specificity: Int, _ prefixLength: Int) -> Void
    ) {
        if !set.catchAll.isEmpty { offer(set.catchAll, 0, 0) }
        guard set.hasExact || set.prefixLengths != 0 else { return }
        var hash = RollingHash()
        for length in 0...path.count {
            // `/api/*` covers `/api` and all below: ask at each slash and at the end.
            if length == path.count || path[length] == 0x2F, set.prefixLengths & Self.bit(length) != 0 {
                let prefix = UnsafeRawBufferPointer(rebasing: path[..<length])
                let found = paths.find(prefix, hash, in: RouteTableBuild.keySet(number, isPrefix: true))
                if found >= 0 { offer(ranges[found], 1 + length, length) }
            }
            if length < path.count { hash.add(path[length]) }
        }
        guard set.hasExact else { return }
        let found = paths.find(path, hash, in: RouteTableBuild.keySet(number, isPrefix: false))
        if found >= 0 { offer(ranges[found], .max, 0) }
    }
}
