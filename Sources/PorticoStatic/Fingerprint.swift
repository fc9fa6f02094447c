// Whether a file name carries a hash of its contents, as build tools write them: such a file never changes. Strict: a name
// wrongly taken for one would stay stale for a year, one not recognised costs a 304.

package enum Fingerprint {
    /// `app.3f2a1b9c.js`, `main-BfX3kQ9z.chunk.js.map`: the hash stands before up to three extensions, behind a dot, a dash
    /// or an underscore; a long hexadecimal one may be the whole name.
    package static func isIn(_ name: some StringProtocol) -> Bool {
        let bytes = Array(name.utf8)
        var end = bytes.count
        for _ in 0..<3 {
            guard let dot = bytes[..<end].lastIndex(of: 0x2E), isExtension(bytes[(dot + 1)..<end]) else { return false }
            if endsInHash(bytes[..<dot]) { return true }
            end = dot
        }
        return false
    }

    private static func isExtension(_ bytes: ArraySlice<UInt8>) -> Bool {
        (1...10).contains(bytes.count) && bytes.allSatisfy(isLetterOrDigit)
    }

    private static func endsInHash(_ stem: ArraySlice<UInt8>) -> Bool {
        guard let mark = stem.lastIndex(where: { $0 == 0x2E || $0 == 0x2D || $0 == 0x5F }) else {
            return stem.count >= 16 && isHex(stem)
        }
        let part = stem[(mark + 1)...]
        return mark > stem.startIndex && (isHex(part) || isMixed(part) || isBase32(part))
    }

    /// Eight or more hexadecimal digits of one case. Numbers, dates and words are none.
    private static func isHex(_ part: ArraySlice<UInt8>) -> Bool {
        let digits = part.count(where: isDigit)
        guard part.count >= 8, digits >= 2, part.count - digits >= 2, hasLetterBehindDigit(part) else { return false }
        return part.allSatisfy { isDigit($0) || (0x61...0x66).contains($0) }
            || part.allSatisfy { isDigit($0) || (0x41...0x46).contains($0) }
    }

    /// Letters of both cases and digits, of the lengths that tools use; nothing that looks like words.
    private static func isMixed(_ part: ArraySlice<UInt8>) -> Bool {
        guard part.count == 8 || (16...64).contains(part.count), part.allSatisfy(isLetterOrDigit),
            part.contains(where: isUpper), part.contains(where: isLower), hasLetterBehindDigit(part)
        else { return false }
        var run = 0
        for byte in part {
            run = isLower(byte) ? run + 1 : 0
            if run == 4 { return false }
        }
        return true
    }

    /// Eight characters of RFC 4648 §6.
    private static func isBase32(_ part: ArraySlice<UInt8>) -> Bool {
        part.count == 8 && part.allSatisfy { isUpper($0) || (0x32...0x37).contains($0) } && hasLetterBehindDigit(part)
    }

    /// `summer2024` and `version10` are words with a number.
    private static func hasLetterBehindDigit(_ part: ArraySlice<UInt8>) -> Bool {
        guard let digit = part.firstIndex(where: isDigit) else { return false }
        return part[digit...].contains { !isDigit($0) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isUpper(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) }
    private static func isLower(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
    private static func isLetterOrDigit(_ byte: UInt8) -> Bool { isDigit(byte) || isUpper(byte) || isLower(byte) }
}
