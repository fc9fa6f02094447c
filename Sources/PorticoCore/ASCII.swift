// Looking at header bytes without making strings of them.

extension UnsafeRawBufferPointer {
    /// Whether these bytes are `text`, ASCII letters in either case. `text` must be in lower case, without `{`, `|`, `}` and `~`.
    /// A text known when it is compiled leaves a few words to be compared.
    @inlinable
    @inline(__always)
    package func equalsFolded(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard count == length else { return false }
        let other = UnsafeRawBufferPointer(start: text.utf8Start, count: length)
        guard length >= 8 else {
            for index in 0..<length where self[index] | ASCII.caseBit(self[index]) != other[index] { return false }
            return true
        }
        var index = 0
        while index + 8 <= length {
            guard ASCII.isSameFolded(word(at: index), other.word(at: index)) else { return false }
            index += 8
        }
        // The last word overlaps the one before.
        return ASCII.isSameFolded(word(at: length - 8), other.word(at: length - 8))
    }

    /// Eight bytes from `index` on, the first one lowest.
    @inlinable
    @inline(__always)
    func word(at index: Int) -> UInt64 { loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian }

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

    /// Eight bytes against eight of a text in lower case: they may differ by the case bit where the text has a letter.
    @inlinable
    @inline(__always)
    static func isSameFolded(_ bytes: UInt64, _ text: UInt64) -> Bool {
        // Letters in lower case have 0x40 and 0x20; digits and most marks lack the one, `_` lacks the other.
        let letters = (text & 0x4040_4040_4040_4040) >> 1 & text
        return (bytes ^ text) & ~letters == 0
    }

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
    /// at a time, in a word's own arithmetic.
    @inlinable
    package static func endOfFieldValue(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var index = start
        bytes.withUnsafeBytes { bytes in
            while index + 8 <= bytes.count {
                let word = bytes.word(at: index)
                let controls = (word &- ones &* 0x20) & ~word
                let deletes = word ^ (ones &* 0x7F)
                // A borrow may mark a byte too many, above one that is marked rightly; never one too few.
                let marks = (controls | ((deletes &- ones) & ~deletes)) & highs
                index += marks.trailingZeroBitCount / 8
                guard marks == 0 || bytes[index] == 0x09 else { return }
                if marks != 0 { index += 1 }
            }
            while index < bytes.count, isFieldValue(bytes[index]) { index += 1 }
        }
        return index
    }

    /// The first place from `start` on where there is neither a letter nor a hyphen, or the end.
    @inlinable
    package static func endOfPlainName(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var index = start
        bytes.withUnsafeBytes { bytes in
            while index + 8 <= bytes.count {
                let word = bytes.word(at: index)
                let low = word & ~highs
                let folded = low | ones &* 0x20
                // Each sum stays within its byte: the highest bit tells what is at least `a`, and what is beyond `z`.
                let letters = (folded &+ ones &* 0x1F) & ~(folded &+ ones &* 0x05)
                let hyphens = ~((low ^ ones &* 0x2D) &+ ones &* 0x7F)
                let others = ~(letters | hyphens) | word
                index += (others & highs).trailingZeroBitCount / 8
                guard others & highs == 0 else { return }
            }
            while index < bytes.count, (bytes[index] | 0x20) &- 0x61 < 26 || bytes[index] == 0x2D { index += 1 }
        }
        return index
    }

    /// In each byte of a word: 1, and the highest bit.
    @inlinable static var ones: UInt64 { 0x0101_0101_0101_0101 }
    @inlinable static var highs: UInt64 { 0x8080_8080_8080_8080 }

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
