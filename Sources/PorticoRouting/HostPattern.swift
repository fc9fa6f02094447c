// A host as the configuration names it, compared one by one: for sites and redirects, of which there are few. Routes are found
// through HostIndex.
import PorticoCore

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
