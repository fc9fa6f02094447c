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
