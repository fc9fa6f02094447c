// Which bare words are TOML values. The parser aborts on some that are not, so none of those may reach it.

/// Recognises numbers, flags and dates by their shape (TOML 1.0); ranges are the parser's to check.
struct ScalarShape {
    private var rest: ArraySlice<UInt8>

    static func isValue(_ bytes: ArraySlice<UInt8>) -> Bool {
        switch String(decoding: bytes, as: UTF8.self) {
        case "true", "false", "inf", "+inf", "-inf", "nan", "+nan", "-nan": true
        default:
            [ScalarShape.takeNumber, takeBasedInteger, takeDateTime].contains { take in
                var shape = ScalarShape(rest: bytes)
                return take(&shape) && shape.rest.isEmpty
            }
        }
    }

    private static func takeNumber(_ shape: inout ScalarShape) -> Bool {
        _ = shape.take("+-")
        guard shape.take("0") || shape.takeDigits(isDecimal) else { return false }
        if shape.take("."), !shape.takeDigits(isDecimal) { return false }
        guard shape.take("eE") else { return true }
        _ = shape.take("+-")
        return shape.takeDigits(isDecimal)
    }

    private static func takeBasedInteger(_ shape: inout ScalarShape) -> Bool {
        guard shape.take("0") else { return false }
        if shape.take("x") { return shape.takeDigits { isDecimal($0) || (0x61...0x66).contains($0 | 0x20) } }
        if shape.take("o") { return shape.takeDigits { (0x30...0x37).contains($0) } }
        return shape.take("b") && shape.takeDigits { $0 == 0x30 || $0 == 0x31 }
    }

    private static func takeDateTime(_ shape: inout ScalarShape) -> Bool {
        let start = shape
        if shape.takePattern("dddd-dd-dd") {
            guard shape.take("Tt ") else { return true }
            guard takeTime(&shape) else { return false }
            return shape.rest.isEmpty || shape.take("Zz") || (shape.take("+-") && shape.takePattern("dd:dd"))
        }
        shape = start
        return takeTime(&shape)
    }

    private static func takeTime(_ shape: inout ScalarShape) -> Bool {
        guard shape.takePattern("dd:dd:dd") else { return false }
        return !shape.take(".") || shape.takeDigits(isDecimal)
    }

    private static func isDecimal(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
}

// MARK: - The cursor

extension ScalarShape {
    /// One byte of those given.
    private mutating func take(_ bytes: StaticString) -> Bool {
        guard let byte = rest.first else { return false }
        let isTaken = bytes.withUTF8Buffer { $0.contains(byte) }
        if isTaken { rest.removeFirst() }
        return isTaken
    }

    /// At least one digit; single underscores may part them.
    private mutating func takeDigits(_ isDigit: (UInt8) -> Bool) -> Bool {
        guard let first = rest.first, isDigit(first) else { return false }
        while let byte = rest.first {
            if isDigit(byte) {
                rest.removeFirst()
            } else if byte == UInt8(ascii: "_"), let next = rest.dropFirst().first, isDigit(next) {
                rest.removeFirst()
            } else {
                break
            }
        }
        return true
    }

    /// `d` stands for a decimal digit, anything else for itself.
    private mutating func takePattern(_ pattern: StaticString) -> Bool {
        pattern.withUTF8Buffer { pattern in
            for expected in pattern {
                guard let byte = rest.popFirst() else { return false }
                guard expected == UInt8(ascii: "d") ? (0x30...0x39).contains(byte) : byte == expected else {
                    return false
                }
            }
            return true
        }
    }
}
