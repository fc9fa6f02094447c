// Byte strings numbered from 0 and found by hash, several sets of them in one flat table: plain memory, no reference counts.
// The hash is fed byte by byte, so that one pass over a path hashes each of its prefixes. What the keys mean is not known here.
import PorticoCore

/// FNV-1a. The keys come from the configuration; a request can only ask for them, so no secret seed is needed.
struct RollingHash {
    private(set) var state: UInt64 = 0xCBF2_9CE4_8422_2325

    @inline(__always)
    mutating func add(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }

    @inline(__always)
    func finished(in set: Int) -> UInt64 {
        let mixed = (state ^ UInt64(truncatingIfNeeded: set)) &* 0x9E37_79B9_7F4A_7C15
        return mixed ^ mixed >> 32
    }
}

struct KeyIndex: Sendable {
    struct Key: Hashable {
        let set: Int
        let bytes: [UInt8]
    }

    private struct Slot {
        var hash: UInt64 = 0
        var set: UInt32 = 0
        var start: UInt32 = 0
        var count: UInt32 = 0
        /// Below zero: empty.
        var number: Int32 = -1
    }

    /// Open addressing with linear probing, at most half full.
    private var slots: [Slot]
    private var bytes: [UInt8] = []

    /// The number of a key is its place in the list; no key stands there twice.
    init(_ keys: [Key]) {
        var size = 4
        while size < keys.count * 2 { size *= 2 }
        slots = Array(repeating: Slot(), count: size)
        for (number, key) in keys.enumerated() {
            var hash = RollingHash()
            for byte in key.bytes { hash.add(byte) }
            let slot = Slot(
                hash: hash.finished(in: key.set), set: UInt32(key.set), start: UInt32(bytes.count),
                count: UInt32(key.bytes.count), number: Int32(number))
            bytes += key.bytes
            place(slot)
        }
    }

    private mutating func place(_ slot: Slot) {
        var index = Int(truncatingIfNeeded: slot.hash) & (slots.count - 1)
        while slots[index].number >= 0 { index = (index + 1) & (slots.count - 1) }
        slots[index] = slot
    }

    /// The number of the key, or -1. `hash` has been fed with exactly its bytes, in the order in which keys are.
    @inline(__always)
    func find(_ key: UnsafeRawBufferPointer, _ hash: RollingHash, in set: Int) -> Int {
        let wanted = hash.finished(in: set)
        var index = Int(truncatingIfNeeded: wanted) & (slots.count - 1)
        while slots[index].number >= 0 {
            let slot = slots[index]
            if slot.hash == wanted, slot.set == set, slot.count == key.count, holds(slot, key) {
                return Int(slot.number)
            }
            index = (index + 1) & (slots.count - 1)
        }
        return -1
    }

    private func holds(_ slot: Slot, _ key: UnsafeRawBufferPointer) -> Bool {
        let start = Int(slot.start)
        for index in 0..<key.count where bytes[start + index] != key[index] { return false }
        return true
    }
}
