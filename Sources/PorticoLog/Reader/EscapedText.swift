// The text that stands behind JSON's escapes (RFC 8259 §7). Writing them is JSONText's part.

enum EscapedText {
    static func decoded(_ bytes: UnsafeRawBufferPointer) -> String {
        var units: [UInt16] = []
        var text = ""
        var plain: [UInt8] = []
        var at = 0
        func endPlain() {
            text += String(decoding: plain, as: UTF8.self)
            plain = []
        }
        while at < bytes.count {
            guard bytes[at] == UInt8(ascii: "\\"), at + 1 < bytes.count else {
                plain.append(bytes[at])
                at += 1
                continue
            }
            let mark = bytes[at + 1]
            at += 2
            if mark == UInt8(ascii: "u") {
                endPlain()
                units = []
                // A pair of surrogates is one character.
                at -= 2
                while let unit = unit(bytes, at) {
                    units.append(unit)
                    at += 6
                }
                if units.isEmpty { at += 2 }
                text += String(decoding: units, as: UTF16.self)
            } else {
                plain.append(meant(mark))
            }
        }
        endPlain()
        return text
    }

    private static func unit(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> UInt16? {
        guard at + 6 <= bytes.count, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u") else {
            return nil
        }
        return UInt16(String(decoding: bytes[(at + 2)..<(at + 6)], as: UTF8.self), radix: 16)
    }

    private static func meant(_ mark: UInt8) -> UInt8 {
        switch mark {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: mark
        }
    }
}
