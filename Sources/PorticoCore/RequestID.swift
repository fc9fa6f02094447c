// Request ids: unique per process and cheap to make, one counter per event loop.

/// Sixteen hex digits: a random half per event loop, a counting half per request.
package struct RequestID: Sendable, Hashable {
    package let value: UInt64

    package init(value: UInt64) { self.value = value }

    /// Writes the sixteen digits.
    package func write(to bytes: UnsafeMutablePointer<UInt8>) {
        for index in 0..<16 {
            let nibble = UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * index)) & 15
            bytes[index] = nibble < 10 ? 0x30 + nibble : 0x57 + nibble
        }
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
