// The text form of sizes: "64KiB", "10MB", "512B", or a plain number of bytes.

extension ByteSize: LosslessStringConvertible {
    private static let units: [(name: String, bytes: Int)] = [
        ("TiB", 1 << 40), ("TB", 1_000_000_000_000), ("GiB", 1 << 30), ("GB", 1_000_000_000),
        ("MiB", 1 << 20), ("MB", 1_000_000), ("KiB", 1 << 10), ("KB", 1000), ("B", 1),
    ]

    /// Reads a size. The unit is taken in any case; nil where the text is none or the size does not fit.
    package init?(_ text: String) {
        guard let number = DecimalText(text) else { return nil }
        let unit = number.unit.lowercased()
        let scale = unit.isEmpty ? 1 : ByteSize.units.first { $0.name.lowercased() == unit }?.bytes
        guard let scale, let bytes = number.scaled(by: scale) else { return nil }
        self.init(bytes: bytes)
    }

    /// The largest unit that holds the size without a fraction: `64KiB`, `10MB`, `1001B`.
    package var description: String {
        guard bytes > 0, let unit = ByteSize.units.first(where: { bytes % $0.bytes == 0 }) else { return "\(bytes)B" }
        return "\(bytes / unit.bytes)\(unit.name)"
    }
}
