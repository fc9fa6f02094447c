// One UTF-8 sequence of untrusted bytes (Unicode table 3-7). Escaping what it means is JSONText's part.

/// The scalar at an offset, or the length of the maximal ill-formed part where there is none.
struct UTF8Sequence {
    let scalar: UInt32?
    let length: Int

    init(_ bytes: UnsafeRawBufferPointer, at index: Int) {
        let lead = bytes[index]
        var second: ClosedRange<UInt8> = 0x80...0xbf
        let needed: Int
        var value: UInt32
        switch lead {
        case 0x00...0x7f:
            needed = 0
            value = UInt32(lead)
        case 0xc2...0xdf:
            needed = 1
            value = UInt32(lead & 0x1f)
        case 0xe0...0xef:
            needed = 2
            value = UInt32(lead & 0x0f)
            // Neither over-long forms nor surrogates.
            if lead == 0xe0 { second = 0xa0...0xbf }
            if lead == 0xed { second = 0x80...0x9f }
        case 0xf0...0xf4:
            needed = 3
            value = UInt32(lead & 0x07)
            if lead == 0xf0 { second = 0x90...0xbf }
            if lead == 0xf4 { second = 0x80...0x8f }
        default:
            scalar = nil
            length = 1
            return
        }
        var read = 0
        while read < needed {
            let next = index + read + 1
            guard next < bytes.count, (read == 0 ? second : 0x80...0xbf).contains(bytes[next]) else {
                scalar = nil
                length = read + 1
                return
            }
            value = value << 6 | UInt32(bytes[next] & 0x3f)
            read += 1
        }
        scalar = value
        length = needed + 1
    }
}
