// Which sets of routes a request's host opens: its own, and those of the wildcards that cover it. Hosts are compared without
// regard to case (RFC 9110 §4.2.3); they are read from the right, so that one pass hashes each parent domain.
import PorticoCore

struct HostIndex: Sendable {
    private let keys: KeyIndex
    private let hasWildcards: Bool
    let isEmpty: Bool

    /// Lower-case hosts or `*.example.com`; the number of a host is its place in the list.
    init(_ hosts: [String]) {
        keys = KeyIndex(hosts.map { KeyIndex.Key(set: 0, bytes: Self.key($0).reversed()) })
        hasWildcards = hosts.contains { $0.hasPrefix("*.") }
        isEmpty = hosts.isEmpty
    }

    /// Of a wildcard, what follows the star, dot first: no host starts with one.
    private static func key(_ host: String) -> [UInt8] {
        Array((host.hasPrefix("*.") ? String(host.dropFirst()) : host).lowercased().utf8)
    }

    /// `host` as sent, without its port. Longer ones than a name may be are of no route.
    @inline(__always)
    func forEachMatch(_ host: UnsafeRawBufferPointer, _ body: (Int) -> Void) {
        // A trailing dot names the same host.
        let count = host.last == 0x2E ? host.count - 1 : host.count
        guard count > 0, count <= 255 else { return }
        // SAFETY: the memory lives for this closure alone and is written from its start on, one byte per step, before it is read.
        withUnsafeTemporaryAllocation(byteCount: count, alignment: 1) { reversed in
            var hash = RollingHash()
            for length in 1...count {
                let byte = host[count - length]
                let folded = byte | ASCII.caseBit(byte)
                reversed[length - 1] = folded
                hash.add(folded)
                let isWhole = length == count
                // A star stands for at least one character in front of the dot.
                guard isWhole ? folded != 0x2E : hasWildcards && folded == 0x2E else { continue }
                let number = keys.find(UnsafeRawBufferPointer(rebasing: reversed[..<length]), hash, in: 0)
                if number >= 0 { body(number) }
            }
        }
    }
}
