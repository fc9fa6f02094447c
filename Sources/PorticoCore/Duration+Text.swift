// The text form of durations: "250ms", "30s", "5m", "1h", "7d", "1.5s".

extension Duration {
    private static let textUnits: [(name: String, nanoseconds: Int)] = [
        ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000),
        ("ms", 1_000_000),
    ]

    /// The longest duration a configuration may hold: ten years, so that no sum of instants overflows.
    package static let longestText = Duration.seconds(10 * 365 * 86_400)

    /// Reads a duration. The unit is required; nil where the text is none, or above ten years.
    package init?(text: some StringProtocol) {
        guard let number = DecimalText(text),
            let unit = Duration.textUnits.first(where: { $0.name == number.unit }),
            let nanoseconds = number.scaled(by: unit.nanoseconds)
        else { return nil }
        self = .nanoseconds(nanoseconds)
        guard self <= .longestText else { return nil }
    }

    /// The largest unit that holds the duration without a fraction: `75s`, `1h`, `1500ms`; below a millisecond `0.25ms`.
    package var text: String {
        let nanoseconds = Int(wholeNanoseconds)
        guard nanoseconds != 0 else { return "0s" }
        if let unit = Duration.textUnits.first(where: { nanoseconds % $0.nanoseconds == 0 }) {
            return "\(nanoseconds / unit.nanoseconds)\(unit.name)"
        }
        var fraction = String(1_000_000 + nanoseconds % 1_000_000).dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        return "\(nanoseconds / 1_000_000).\(fraction)ms"
    }
}
