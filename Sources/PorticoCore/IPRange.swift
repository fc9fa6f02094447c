// CIDR ranges: whom `trusted_proxies` and access rules mean.

/// A CIDR range such as `10.0.0.0/8` or `2001:db8::/32`; a lone address is a range of one.
package struct IPRange: Sendable, Hashable {
    package let network: IPAddress
    /// Bits of the network; at most 32 for IPv4, 128 for IPv6.
    package let prefixLength: Int

    /// Nil where the text is no range, the prefix is out of bounds, or bits behind the prefix are set.
    package init?(_ text: some StringProtocol) {
        let parts = String(text).split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let network = IPAddress(parts[0]) else { return nil }
        let isMapped = parts[0].contains(":") && network.bitWidth == 32
        var prefixLength = network.bitWidth
        if parts.count == 2 {
            guard let written = IPRange.readPrefix(parts[1]) else { return nil }
            // A mapped range `::ffff:10.0.0.0/104` is the IPv4 range behind its first 96 bits.
            prefixLength = isMapped ? written - 96 : written
        }
        guard prefixLength >= 0, prefixLength <= network.bitWidth else { return nil }
        guard network == network.masked(to: prefixLength) else { return nil }
        self.network = network
        self.prefixLength = prefixLength
    }

    package func contains(_ address: IPAddress) -> Bool {
        address.bitWidth == network.bitWidth && address.masked(to: prefixLength) == network
    }

    private static func readPrefix(_ text: Substring) -> Int? {
        let isDecimal = text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
        guard isDecimal, (1...3).contains(text.utf8.count), text == "0" || text.first != "0" else { return nil }
        return Int(text)
    }
}

extension IPRange: CustomStringConvertible {
    package var description: String {
        prefixLength == network.bitWidth ? network.description : "\(network)/\(prefixLength)"
    }
}

extension IPAddress {
    fileprivate var bitWidth: Int {
        switch self {
        case .v4: 32
        case .v6: 128
        }
    }

    /// The address with every bit behind the prefix cleared. Shifts of the full width yield zero.
    fileprivate func masked(to prefix: Int) -> IPAddress {
        switch self {
        case .v4(let bits): .v4(bits & (UInt32.max << (32 - prefix)))
        case .v6(let high, let low):
            .v6(high: high & (UInt64.max << max(0, 64 - prefix)), low: low & (UInt64.max << min(64, 128 - prefix)))
        }
    }
}
