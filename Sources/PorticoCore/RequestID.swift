// Request ids: unique per process and cheap to make, one counter per event loop.

/// Sixteen hex digits: a random half per event loop, a counting half per request.
package struct RequestID: Sendable, Hashable {
    package let value: UInt64

    package init(value: UInt64) { self.value = value }

    /// Writes the sixteen digits.
    package func write(to bytes: UnsafeMutablePointer<UInt8>) {
        // SAFETY: the caller gives room for sixteen bytes.
        let memory = UnsafeMutableRawPointer(bytes)
        memory.storeBytes(of: Self.digits(value >> 32), as: UInt64.self)
        memory.storeBytes(of: Self.digits(value & 0xFFFF_FFFF), toByteOffset: 8, as: UInt64.self)
    }

    /// Another id that follows from this one: spread evenly over all, and never zero.
    package func derived(_ number: Int) -> RequestID {
        var mixed = value &+ UInt64(truncatingIfNeeded: number &+ 1) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return RequestID(value: max(1, mixed))
    }

    /// Eight nibbles, spread to a byte each, as their digits: all at once in a word's own arithmetic.
    private static func digits(_ half: UInt64) -> UInt64 {
        var nibbles = (half << 16 | half) & 0x0000_FFFF_0000_FFFF
        nibbles = (nibbles << 8 | nibbles) & 0x00FF_00FF_00FF_00FF
        nibbles = (nibbles << 4 | nibbles) & 0x0F0F_0F0F_0F0F_0F0F
        let letters = (nibbles &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return (nibbles &+ 0x3030_3030_3030_3030 &+ letters &* 0x27).bigEndian
    }

    package var text: String {
        String(unsafeUninitializedCapacity: 16) {
            write(to: $0.baseAddress!)
            return 16
        }
    }
}

/// Makes the ids of one event loop.
package struct RequestIDSequence {
    private var next: UInt64

    package init() { next = UInt64.random(in: 0...UInt64.max) & ~0xFFFF_FFFF }

    package mutating func make() -> RequestID {
        next &+= 1
        return RequestID(value: next)
    }
}
