// Which `[[proxy]]` route answers a request: the first in file order whose path, host and method match. Pure; knows no
// targets. Paths are found by hash at each slash, so that a thousand routes cost what one does.
package import PorticoConfig
import PorticoCore

package final class RouteTable: Sendable {
    package struct Match: Equatable {
        /// Index into the routes as configured.
        package let route: Int
        /// Bytes of the path that the route's wildcard prefix covers; 0 for exact routes and `*`.
        package let prefixLength: Int
    }

    private struct Conditions {
        let hosts: [HostPattern]
        let methods: [[UInt8]]
    }

    private let conditions: [Conditions]
    // SAFETY: not changed after init; the table itself is not Sendable only because its values may be anything.
    private nonisolated(unsafe) let exact: BytesTable<[Int]>
    private nonisolated(unsafe) let prefixes: BytesTable<[Int]>
    private let catchAll: [Int]

    package init(_ routes: [ProxySettings]) {
        conditions = routes.map { route in
            Conditions(hosts: route.hosts.map(HostPattern.init), methods: route.methods.map { Array($0.utf8) })
        }
        var (exact, prefixes) = (BytesTable<[Int]>(), BytesTable<[Int]>())
        var catchAll: [Int] = []
        for (index, route) in routes.enumerated() {
            for path in route.paths {
                switch path {
                case .exact(let text): Self.append(index, to: &exact, for: text)
                case .prefix(let text): Self.append(index, to: &prefixes, for: text)
                case .any: catchAll.append(index)
                }
            }
        }
        self.exact = exact
        self.prefixes = prefixes
        self.catchAll = catchAll
    }

    private static func append(_ index: Int, to table: inout BytesTable<[Int]>, for text: String) {
        Array(text.utf8).withUnsafeBytes { key in
            table.insert((table[key] ?? []) + [index], for: key)
        }
    }

    package var isEmpty: Bool { conditions.isEmpty }

    /// `path` is normalised; `host` is as sent, without port.
    package func match(
        path: UnsafeRawBufferPointer, host: UnsafeRawBufferPointer, method: UnsafeRawBufferPointer
    ) -> Match? {
        var best: Match?
        func offer(_ candidates: [Int], prefixLength: Int) {
            for route in candidates {
                if let best, best.route <= route { return }
                if accepts(route, host: host, method: method) {
                    best = Match(route: route, prefixLength: prefixLength)
                    return
                }
            }
        }
        if exact.count > 0, let candidates = exact[path] { offer(candidates, prefixLength: 0) }
        if prefixes.count > 0 {
            // `/api/*` covers `/api` and all below: ask at each slash and at the end.
            for end in 0...path.count where end == path.count || path[end] == 0x2F {
                let prefix = UnsafeRawBufferPointer(rebasing: path[..<end])
                if let candidates = prefixes[prefix] { offer(candidates, prefixLength: end) }
            }
        }
        offer(catchAll, prefixLength: 0)
        return best
    }

    private func accepts(
        _ route: Int, host: UnsafeRawBufferPointer, method: UnsafeRawBufferPointer
    ) -> Bool {
        let wanted = conditions[route]
        if !wanted.methods.isEmpty, !wanted.methods.contains(where: { $0.withUnsafeBytes { $0.equals(method) } }) {
            return false
        }
        return wanted.hosts.isEmpty || wanted.hosts.contains { $0.matches(host) }
    }
}

/// `api.example.com` or `*.example.com`; hosts are compared without regard to case (RFC 9110 §4.2.3).
struct HostPattern: Sendable {
    private let isWildcard: Bool
    /// Lower case; for a wildcard what follows the star, dot first.
    private let text: [UInt8]

    init(_ pattern: String) {
        isWildcard = pattern.hasPrefix("*.")
        text = Array((isWildcard ? String(pattern.dropFirst()) : pattern).lowercased().utf8)
    }

    func matches(_ host: UnsafeRawBufferPointer) -> Bool {
        // A trailing dot names the same host.
        let count = host.last == 0x2E ? host.count - 1 : host.count
        guard isWildcard ? count > text.count : count == text.count else { return false }
        let start = count - text.count
        for index in 0..<text.count where host[start + index] | ASCII.caseBit(host[start + index]) != text[index] {
            return false
        }
        return true
    }
}
