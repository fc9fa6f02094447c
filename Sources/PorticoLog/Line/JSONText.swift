// Bytes of any kind -> the inside of a JSON string (RFC 8259 §7). Owns no memory; LineCursor puts the quotes around it.

/// Escapes raw bytes so that the result is valid JSON in valid UTF-8 whatever the bytes were, and harmless on a terminal:
/// C0, DEL and C1 controls, line and paragraph separators and the bidirectional overrides become `\uXXXX`, bytes that are
/// not UTF-8 become U+FFFD, one for each maximal ill-formed part as Unicode recommends.
enum JSONText {
    /// The most bytes that one byte of input can become.
    static let growth = 6

    /// Writes the escaped bytes at `target`, which has room for `growth` times as many, and returns where they end.
    ///
    /// Plain ASCII is copied a word at a time; the first word that holds anything else leaves for the careful path.
    @inline(__always)
    static func write(
        _ bytes: UnsafeRawBufferPointer, to target: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        let count = bytes.count
        guard let source = bytes.baseAddress else { return target }
        let output = UnsafeMutableRawPointer(target)
        if count < 8 { return writeShort(bytes, source, to: output) }
        // SAFETY: every load and store covers eight bytes at an offset of at most count - 8; the target is larger.
        var offset = 0
        while offset <= count - 8 {
            let word = source.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            if hasUnsafeByte(word) { return writeCarefully(bytes, from: offset, to: target) }
            output.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
            offset &+= 8
        }
        if offset < count {
            // The last word overlaps the one before.
            let word = source.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
            if hasUnsafeByte(word) { return writeCarefully(bytes, from: offset, to: target) }
            output.storeBytes(of: word, toByteOffset: count - 8, as: UInt64.self)
        }
        return target + count
    }

    /// Methods, versions, short ids: two overlapping halves of a word.
    @inline(__always)
    private static func writeShort(
        _ bytes: UnsafeRawBufferPointer, _ source: UnsafeRawPointer, to output: UnsafeMutableRawPointer
    ) -> UnsafeMutablePointer<UInt8> {
        let count = bytes.count
        let target = output.assumingMemoryBound(to: UInt8.self)
        guard count >= 4 else { return writeCarefully(bytes, from: 0, to: target) }
        // SAFETY: both loads and stores cover four bytes at an offset of at most count - 4.
        let head = source.loadUnaligned(as: UInt32.self)
        let tail = source.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)
        if hasUnsafeByte(UInt64(head) << 32 | UInt64(tail)) { return writeCarefully(bytes, from: 0, to: target) }
        output.storeBytes(of: head, as: UInt32.self)
        output.storeBytes(of: tail, toByteOffset: count - 4, as: UInt32.self)
        return target + count
    }

    /// Whether any of eight bytes is a control, a quote, a backslash or not ASCII. Exact as a whole: a borrow or carry
    /// only crosses into a byte from one that is already found.
    @inline(__always)
    private static func hasUnsafeByte(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let control = (word &- ones &* 0x20) & ~word
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5c)
        let found = control | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | (word &+ ones) | word
        return found & (ones &* 0x80) != 0
    }

    /// Everything from `start` on, byte by byte; what lies before is already at `target` unchanged.
    @inline(never)
    private static func writeCarefully(
        _ bytes: UnsafeRawBufferPointer, from start: Int, to target: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        var output = target + start
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            if byte >= 0x20, byte < 0x7f {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { put(UInt8(ascii: "\\"), &output) }
                put(byte, &output)
                index += 1
            } else if byte < 0x80 {
                putControl(byte, &output)
                index += 1
            } else {
                index += writeSequence(bytes, at: index, &output)
            }
        }
        return output
    }

    /// Writes the UTF-8 sequence at `index`, or U+FFFD for its ill-formed part, and returns how many bytes it took.
    private static func writeSequence(
        _ bytes: UnsafeRawBufferPointer, at index: Int, _ output: inout UnsafeMutablePointer<UInt8>
    ) -> Int {
        let sequence = UTF8Sequence(bytes, at: index)
        guard let scalar = sequence.scalar else {
            put(0xef, &output)
            put(0xbf, &output)
            put(0xbd, &output)
            return sequence.length
        }
        switch scalar {
        case 0x80...0x9f, 0x2028...0x202e, 0x2066...0x2069: putHex(scalar, &output)
        default: for offset in 0..<sequence.length { put(bytes[index + offset], &output) }
        }
        return sequence.length
    }

    private static func putControl(_ byte: UInt8, _ output: inout UnsafeMutablePointer<UInt8>) {
        let short: UInt8
        switch byte {
        case 0x08: short = UInt8(ascii: "b")
        case 0x09: short = UInt8(ascii: "t")
        case 0x0a: short = UInt8(ascii: "n")
        case 0x0c: short = UInt8(ascii: "f")
        case 0x0d: short = UInt8(ascii: "r")
        default: return putHex(UInt32(byte), &output)
        }
        put(UInt8(ascii: "\\"), &output)
        put(short, &output)
    }

    private static func putHex(_ scalar: UInt32, _ output: inout UnsafeMutablePointer<UInt8>) {
        put(UInt8(ascii: "\\"), &output)
        put(UInt8(ascii: "u"), &output)
        for shift: UInt32 in [12, 8, 4, 0] {
            let digit = UInt8(truncatingIfNeeded: scalar >> shift & 0xf)
            put(digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10), &output)
        }
    }

    @inline(__always)
    private static func put(_ byte: UInt8, _ output: inout UnsafeMutablePointer<UInt8>) {
        // SAFETY: the caller of `write` gave room for `growth` bytes per byte of input, and no branch exceeds that.
        output.pointee = byte
        output += 1
    }
}
