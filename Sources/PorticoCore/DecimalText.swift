// Numbers with a unit, such as "1.5s" or "64KiB", in exact integer arithmetic: floating point would round bounds.

/// A non-negative decimal number and the unit that follows it.
struct DecimalText {
    private let whole: Int
    private let fraction: Int
    private let fractionDigits: Int
    let unit: Substring

    /// Nil where the text does not start with a digit, ends its digits with a point, or holds more than fits.
    init?(_ text: some StringProtocol) {
        let text = Substring(text)
        var rest = text[...]
        guard let whole = DecimalText.takeDigits(&rest, limit: 18) else { return nil }
        self.whole = whole.value
        guard rest.first == "." else {
            (fraction, fractionDigits, unit) = (0, 0, rest)
            return
        }
        rest.removeFirst()
        guard let part = DecimalText.takeDigits(&rest, limit: 9) else { return nil }
        (fraction, fractionDigits, unit) = (part.value, part.count, rest)
    }

    /// The number times `scale`, rounded down; nil where it overflows.
    func scaled(by scale: Int) -> Int? {
        let (product, overflow) = whole.multipliedReportingOverflow(by: scale)
        guard !overflow else { return nil }
        let (high, low) = fraction.multipliedFullWidth(by: scale)
        let divisor = (0..<fractionDigits).reduce(1) { power, _ in power * 10 }
        // The fraction is below the divisor, so the quotient is below the scale and always fits.
        let part = divisor.dividingFullWidth((high, low)).quotient
        let (sum, carried) = product.addingReportingOverflow(part)
        return carried ? nil : sum
    }

    private static func takeDigits(_ rest: inout Substring, limit: Int) -> (value: Int, count: Int)? {
        var (value, count) = (0, 0)
        while let byte = rest.utf8.first, byte >= 0x30, byte <= 0x39 {
            guard count < limit else { return nil }
            value = value * 10 + Int(byte - 0x30)
            count += 1
            rest = Substring(rest.utf8.dropFirst())
        }
        return count == 0 ? nil : (value, count)
    }
}
