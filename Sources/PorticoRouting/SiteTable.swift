// Which `[[static]]` answers a request that no route takes: the first in file order whose host and path fit. Pure; sites
// are few and looked at one by one.
package import PorticoConfig
import PorticoCore

package struct SiteTable: Sendable {
    package struct Match: Equatable {
        /// Index into the sites as configured.
        package let site: Int
        /// Bytes of the path that the site's prefix covers: what is left names its files.
        package let prefixLength: Int
    }

    private struct Conditions {
        let hosts: [HostPattern]
        /// Without the final slash; empty covers every path.
        let prefixes: [[UInt8]]
    }

    private let sites: [Conditions]

    package init(_ settings: [SiteSettings]) {
        sites = settings.map { site in
            Conditions(
                hosts: site.hosts.map(HostPattern.init),
                prefixes: site.paths.isEmpty ? [[]] : site.paths.map { Array($0.prefixText.utf8) })
        }
    }

    /// `path` is normalised; `host` is as sent, without port.
    package func match(path: UnsafeRawBufferPointer, host: UnsafeRawBufferPointer) -> Match? {
        for (index, site) in sites.enumerated() {
            guard site.hosts.isEmpty || site.hosts.contains(where: { $0.matches(host) }) else { continue }
            for prefix in site.prefixes where Self.covers(prefix, path) {
                return Match(site: index, prefixLength: prefix.count)
            }
        }
        return nil
    }

    /// `/docs` covers `/docs` and `/docs/a`, never `/docsa`.
    private static func covers(_ prefix: [UInt8], _ path: UnsafeRawBufferPointer) -> Bool {
        guard path.count >= prefix.count, path.starts(with: prefix) else { return false }
        return path.count == prefix.count || path[prefix.count] == 0x2F || prefix.isEmpty
    }
}

extension PathPattern {
    fileprivate var prefixText: String {
        switch self {
        case .exact(let path), .prefix(let path): path
        case .any: ""
        }
    }
}
