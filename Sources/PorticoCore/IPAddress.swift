// Addresses and CIDR ranges as values. No sockets here.

/// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address is held as the IPv4 address it stands for.
package enum IPAddress: Sendable, Hashable {
    case v4(UInt32)
    case v6(high: UInt64, low: UInt64)

    /// Reads a literal address without port, zone or brackets. Nil where the text is none.
    package init?(_ text: some StringProtocol) { return nil }
}

/// A CIDR range such as `10.0.0.0/8` or `2001:db8::/32`; a lone address is a range of one.
package struct IPRange: Sendable, Hashable {
    /// Nil where the text is no range, the prefix is out of bounds, or bits behind the prefix are set.
    package init?(_ text: some StringProtocol) { return nil }

    package func contains(_ address: IPAddress) -> Bool { false }
}
