// What of a request decides where hashing strategies send it.
import PorticoConfig
import PorticoCore
import PorticoHTTP
import PorticoUpstream

enum BalancingKey {
    case clientIP, path
    case header([UInt8])
    case cookie([UInt8])

    /// Nil for strategies that go by no key.
    init?(_ settings: ProxySettings) {
        switch (settings.strategy, settings.hashKey) {
        case (.ipHash, _), (.consistentHash, .clientIP): self = .clientIP
        case (.consistentHash, .path): self = .path
        case (.consistentHash, .header(let name)): self = .header(Array(name.utf8))
        case (.consistentHash, .cookie(let name)): self = .cookie(Array(name.utf8))
        default: return nil
        }
    }

    /// Its place on the ring.
    func place(of exchange: Exchange) -> UInt64 {
        switch self {
        case .clientIP: Self.client(exchange)
        case .path: exchange.head.withRoutingPath(HashRing.hash)
        case .header(let name): Self.header(name, of: exchange.head.fields) ?? Self.client(exchange)
        case .cookie(let name):
            RequestCookie.value(name, of: exchange.head.fields, HashRing.hash) ?? Self.client(exchange)
        }
    }

    /// An IPv6 client counts as its /64: within it, addresses change by the hour.
    private static func client(_ exchange: Exchange) -> UInt64 {
        let bytes = exchange.clientAddress.bytes
        if bytes.contains(0x3A), case .v6(let high, _)? = IPAddress(exchange.clientAddress.text) {
            return withUnsafeBytes(of: high, HashRing.hash)
        }
        return HashRing.hash(bytes)
    }

    /// `name` is in lower case.
    private static func isNamed(_ name: [UInt8], _ field: UnsafeRawBufferPointer) -> Bool {
        guard field.count == name.count else { return false }
        for index in 0..<name.count where field[index] | ASCII.caseBit(field[index]) != name[index] { return false }
        return true
    }

    private static func header(_ name: [UInt8], of fields: HeadFields) -> UInt64? {
        for index in 0..<fields.entryCount {
            let entry = fields.entry(index)
            if isNamed(name, fields.view(entry.name)) { return HashRing.hash(fields.view(entry.value)) }
        }
        return nil
    }
}
