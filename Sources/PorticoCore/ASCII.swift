// Looking at header bytes without making strings of them.

extension UnsafeRawBufferPointer {
    /// Whether these bytes are `text`, ASCII letters in either case. `text` must be lower case and a token.
    @inlinable
    package func equalsFolded(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        let other = text.utf8Start
        for index in 0..<count where (self[index] | ASCII.caseBit(self[index])) != other[index] { return false }
        return true
    }

    @inlinable
    package func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        let other = text.utf8Start
        for index in 0..<count where self[index] != other[index] { return false }
        return true
    }

    @inlinable
    package func equals(_ other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        var index = 0
        while index + 8 <= count {
            let one = loadUnaligned(fromByteOffset: index, as: UInt64.self)
            guard one == other.loadUnaligned(fromByteOffset: index, as: UInt64.self) else { return false }
            index += 8
        }
        while index < count {
            guard self[index] == other[index] else { return false }
            index += 1
        }
        return true
    }

    /// Whether two names are the same, ASCII letters in either case.
    package func equalsIgnoringCase(_ other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count
        where self[index] | ASCII.caseBit(self[index]) != other[index] | ASCII.caseBit(other[index]) { return false }
        return true
    }

    /// Without leading and trailing spaces and tabs.
    package var trimmed: UnsafeRawBufferPointer {
        var start = 0
        var end = count
        while start < end, self[start] == 0x20 || self[start] == 0x09 { start += 1 }
        while end > start, self[end - 1] == 0x20 || self[end - 1] == 0x09 { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: self[start..<end])
    }

    /// Calls `body` with each non-empty element of a comma-separated list (RFC 9110 §5.6.1), trimmed.
    package func forEachElement(_ body: (UnsafeRawBufferPointer) -> Void) {
        var start = 0
        while start <= count {
            var end = start
            while end < count, self[end] != 0x2C { end += 1 }
            let element = UnsafeRawBufferPointer(rebasing: self[start..<end]).trimmed
            if !element.isEmpty { body(element) }
            start = end + 1
        }
    }

    /// Whether a comma-separated list has this token, in either case.
    package func listContains(_ token: StaticString) -> Bool {
        var found = false
        forEachElement { if $0.equalsFolded(token) { found = true } }
        return found
    }

    /// A run of digits as a number; nil where there is anything else, nothing, or more than `Int` holds.
    package var decimal: Int? {
        guard !isEmpty else { return nil }
        var value = 0
        for byte in self {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow2) = product.addingReportingOverflow(Int(byte - 0x30))
            guard !overflow, !overflow2 else { return nil }
            value = sum
        }
        return value
    }

    /// The bytes as text; invalid UTF-8 is repaired. Not for the hot path.
    package var text: String { String(decoding: self, as: UTF8.self) }
}

/// Byte classes of RFC 9110 §5.6 as bit sets, so that a class is two constants and no table.
@usableFromInline
package enum ASCII {
    /// 0x20 for an upper-case letter, else 0: or-ing it makes the letter lower case.
    @inlinable
    package static func caseBit(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? 0x20 : 0 }

    /// `tchar`: what a method or a field name may hold.
    @inlinable
    package static func isToken(_ byte: UInt8) -> Bool {
        // ! # $ % & ' * + - . 0-9 | A-Z ^ _ ` a-z | ~
        if byte < 64 { return (0x03FF_6CFA_0000_0000 as UInt64) &>> UInt64(byte) & 1 == 1 }
        if byte < 128 { return (0x57FF_FFFF_C7FF_FFFE as UInt64) &>> UInt64(byte &- 64) & 1 == 1 }
        return false
    }

    /// What a field value may hold: visible bytes, obs-text, space and tab.
    @inlinable
    package static func isFieldValue(_ byte: UInt8) -> Bool { (byte >= 0x20 && byte != 0x7F) || byte == 0x09 }

    /// The first place from `start` on that `isFieldValue` refuses, or the end. Most of a request's bytes are looked at here: eight
    /// at a time while all of them are plain, in a word's own arithmetic.
    @inlinable
    package static func endOfFieldValue(_ bytes: Span<UInt8>, from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs = ones << 7
        var index = start
        bytes.withUnsafeBytes { bytes in
            while true {
                while index + 8 <= bytes.count {
                    let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                    let controls = (word &- ones &* 0x20) & ~word
                    let deletes = word ^ (ones &* 0x7F)
                    // A borrow may mark a byte too many, above one that is marked rightly; never one too few.
                    guard (controls | ((deletes &- ones) & ~deletes)) & highs == 0 else { break }
                    index += 8
                }
                // Up to the next byte that stopped the word, or the end.
                let stop = min(index + 8, bytes.count)
                while index < stop, isFieldValue(bytes[index]) { index += 1 }
                if index < stop || index == bytes.count { return }
            }
        }
        return index
    }

    @inlinable
    package static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }

    /// Unreserved characters of RFC 3986 §2.3.
    @inlinable
    package static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: true
        default: false
        }
    }
}
