// IP addresses as values, read from literals without the C library: no name is ever resolved here.

/// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address is held as the IPv4 address it stands for.
package enum IPAddress: Sendable, Hashable {
    case v4(UInt32)
    case v6(high: UInt64, low: UInt64)

    /// Reads a literal address without port, zone or brackets. Nil where the text is none.
    package init?(_ text: some StringProtocol) {
        let copy = String(text)
        self.init(utf8: copy.utf8.span)
    }

    /// Reads a literal address from its bytes, as `init(_:)` does from text.
    package init?(utf8 bytes: Span<UInt8>) {
        guard bytes.count <= 45 else { return nil }
        if let v4 = IPAddress.readV4(bytes, from: 0) {
            self = .v4(v4)
        } else if let words = IPAddress.readV6(bytes) {
            self = IPAddress(words: words)
        } else {
            return nil
        }
    }

    /// The address made of eight 16-bit words, mapped back to IPv4 where it stands for one (RFC 4291, 2.5.5.2).
    private init(words: InlineArray<8, UInt16>) {
        var (high, low) = (UInt64(0), UInt64(0))
        for index in 0..<4 {
            high = high << 16 | UInt64(words[index])
            low = low << 16 | UInt64(words[index + 4])
        }
        self = high == 0 && low >> 32 == 0xFFFF ? .v4(UInt32(truncatingIfNeeded: low)) : .v6(high: high, low: low)
    }

    /// Four decimal bytes without leading zeros, which other readers take for octal.
    private static func readV4(_ bytes: Span<UInt8>, from start: Int) -> UInt32? {
        var (address, part, digits, parts) = (UInt32(0), UInt32(0), 0, 0)
        for index in start..<bytes.count {
            let byte = bytes[index]
            if byte == 0x2E {
                guard digits > 0, parts < 3 else { return nil }
                (address, part, digits, parts) = (address << 8 | part, 0, 0, parts + 1)
            } else {
                guard byte >= 0x30, byte <= 0x39, digits == 0 || part > 0 else { return nil }
                part = part * 10 + UInt32(byte - 0x30)
                digits += 1
                guard part <= 255 else { return nil }
            }
        }
        return parts == 3 && digits > 0 ? address << 8 | part : nil
    }

    /// Hexadecimal words, at most one `::`, and possibly a dotted IPv4 tail (RFC 4291, 2.2).
    private static func readV6(_ bytes: Span<UInt8>) -> InlineArray<8, UInt16>? {
        var words = InlineArray<8, UInt16>(repeating: 0)
        var (count, gap, index) = (0, -1, 0)
        while index < bytes.count {
            if bytes[index] == 0x3A {
                guard let next = afterColon(bytes, index, &gap, count) else { return nil }
                index = next
                if index == bytes.count { break }
            }
            guard count < 8 else { return nil }
            let (word, end) = readWord(bytes, from: index)
            guard end > index, end - index <= 4 || end < bytes.count else { return nil }
            if end < bytes.count, bytes[end] == 0x2E {
                guard count <= 6, let tail = readV4(bytes, from: index) else { return nil }
                words[count] = UInt16(tail >> 16)
                words[count + 1] = UInt16(truncatingIfNeeded: tail)
                count += 2
                index = bytes.count
            } else {
                guard end - index <= 4, end == bytes.count || bytes[end] == 0x3A else { return nil }
                words[count] = word
                count += 1
                index = end
            }
        }
        return spread(words, count: count, gap: gap)
    }

    /// The index behind one colon or a `::`; nil where the colon stands wrongly.
    private static func afterColon(_ bytes: Span<UInt8>, _ index: Int, _ gap: inout Int, _ count: Int) -> Int? {
        if index + 1 < bytes.count, bytes[index + 1] == 0x3A {
            guard gap < 0 else { return nil }
            gap = count
            return index + 2
        }
        // A single colon only parts two words.
        return index > 0 && index + 1 < bytes.count ? index + 1 : nil
    }

    private static func readWord(_ bytes: Span<UInt8>, from start: Int) -> (word: UInt16, end: Int) {
        var (word, index) = (UInt16(0), start)
        while index < bytes.count, let digit = hexDigit(bytes[index]) {
            word = word << 4 | digit
            index += 1
        }
        return (word, index)
    }

    private static func hexDigit(_ byte: UInt8) -> UInt16? {
        switch byte {
        case 0x30...0x39: UInt16(byte - 0x30)
        case 0x41...0x46: UInt16(byte - 0x37)
        case 0x61...0x66: UInt16(byte - 0x57)
        default: nil
        }
    }

    /// Moves the words behind the `::` to the end.
    private static func spread(_ words: InlineArray<8, UInt16>, count: Int, gap: Int) -> InlineArray<8, UInt16>? {
        guard gap >= 0 else { return count == 8 ? words : nil }
        guard count < 8 else { return nil }
        var spread = InlineArray<8, UInt16>(repeating: 0)
        for index in 0..<count { spread[index < gap ? index : index + 8 - count] = words[index] }
        return spread
    }
}

extension IPAddress: CustomStringConvertible {
    /// Dotted decimal, or the canonical IPv6 text of RFC 5952.
    package var description: String {
        switch self {
        case .v4(let bits):
            return "\(bits >> 24).\(bits >> 16 & 255).\(bits >> 8 & 255).\(bits & 255)"
        case .v6(let high, let low):
            let words = [high, low].flatMap { half in [48, 32, 16, 0].map { UInt16(truncatingIfNeeded: half >> $0) } }
            guard let gap = IPAddress.longestZeroRun(words) else { return IPAddress.hexText(words[...]) }
            return IPAddress.hexText(words[..<gap.lowerBound]) + "::" + IPAddress.hexText(words[gap.upperBound...])
        }
    }

    private static func hexText(_ words: ArraySlice<UInt16>) -> String {
        words.map { String($0, radix: 16) }.joined(separator: ":")
    }

    /// The first longest run of at least two zero words.
    private static func longestZeroRun(_ words: [UInt16]) -> Range<Int>? {
        var (best, start) = (0..<0, 0)
        for index in 0...words.count where index == words.count || words[index] != 0 {
            if index - start > best.count { best = start..<index }
            start = index + 1
        }
        return best.count >= 2 ? best : nil
    }
}
