// One element of a weighted list header: a token and its q-value (RFC 9110 §12.4.2). Knows no coding by name.

/// `token [ OWS ";" OWS "q=" qvalue ]` with the weight in thousandths.
struct WeightedToken {
    /// A view into the header value.
    let token: UnsafeRawBufferPointer
    let weight: UInt16

    /// Nil where the bytes between two commas are not such an element; empty elements are none.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var cursor = 0
        Self.skipBlanks(bytes, &cursor)
        let start = cursor
        while cursor < bytes.count, Self.isTokenByte(bytes[cursor]) { cursor += 1 }
        guard cursor > start else { return nil }
        token = UnsafeRawBufferPointer(rebasing: bytes[start..<cursor])
        Self.skipBlanks(bytes, &cursor)
        if cursor == bytes.count {
            weight = 1000
            return
        }
        guard bytes[cursor] == UInt8(ascii: ";") else { return nil }
        cursor += 1
        Self.skipBlanks(bytes, &cursor)
        guard cursor + 1 < bytes.count, bytes[cursor] | 0x20 == UInt8(ascii: "q"),
            bytes[cursor + 1] == UInt8(ascii: "=")
        else { return nil }
        cursor += 2
        guard let weight = Self.readWeight(bytes, &cursor) else { return nil }
        Self.skipBlanks(bytes, &cursor)
        guard cursor == bytes.count else { return nil }
        self.weight = weight
    }

    /// `"0" [ "." 0*3DIGIT ]` or `"1" [ "." 0*3("0") ]`.
    private static func readWeight(_ bytes: UnsafeRawBufferPointer, _ cursor: inout Int) -> UInt16? {
        guard cursor < bytes.count else { return nil }
        let whole = UInt16(bytes[cursor]) &- UInt16(UInt8(ascii: "0"))
        guard whole <= 1 else { return nil }
        cursor += 1
        var weight = whole * 1000
        guard cursor < bytes.count, bytes[cursor] == UInt8(ascii: ".") else { return weight }
        cursor += 1
        var scale: UInt16 = 100
        while cursor < bytes.count, scale > 0 {
            let digit = UInt16(bytes[cursor]) &- UInt16(UInt8(ascii: "0"))
            guard digit <= 9 else { break }
            weight += digit * scale
            scale /= 10
            cursor += 1
        }
        return weight <= 1000 ? weight : nil
    }

    private static func skipBlanks(_ bytes: UnsafeRawBufferPointer, _ cursor: inout Int) {
        while cursor < bytes.count, bytes[cursor] == 0x20 || bytes[cursor] == 0x09 { cursor += 1 }
    }

    /// `tchar` of RFC 9110 §5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Compares with a lower-case ASCII token, letters of either case being equal.
    func equalsIgnoringCase(_ token: StaticString) -> Bool {
        guard count == token.utf8CodeUnitCount else { return false }
        for index in 0..<count {
            var byte = self[index]
            if byte >= UInt8(ascii: "A"), byte <= UInt8(ascii: "Z") { byte |= 0x20 }
            // SAFETY: index < utf8CodeUnitCount, and every token passed in is a plain ASCII literal.
            if byte != token.utf8Start[index] { return false }
        }
        return true
    }
}
