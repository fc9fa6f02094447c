// A hash table keyed by byte strings that can be asked with borrowed bytes: a lookup makes no key and allocates nothing.

/// Open addressing with linear probing; at most half full. Not thread-safe.
@usableFromInline
package struct BytesTable<Value> {
    @usableFromInline
    struct Slot {
        @usableFromInline var hash: UInt64
        @usableFromInline var key: [UInt8]
        @usableFromInline var value: Value
    }

    @usableFromInline var slots: [Slot?]
    package private(set) var count = 0
    @usableFromInline let seed = UInt64.random(in: 0...UInt64.max)

    package init() { slots = Array(repeating: nil, count: 16) }

    package subscript(key: UnsafeRawBufferPointer) -> Value? {
        @inlinable get {
            let hash = hash(of: key)
            var index = Int(truncatingIfNeeded: hash) & (slots.count - 1)
            while let slot = slots[index] {
                if slot.hash == hash, slot.key.withUnsafeBytes({ $0.equals(key) }) { return slot.value }
                index = (index + 1) & (slots.count - 1)
            }
            return nil
        }
    }

    @inlinable
    func hash(of key: UnsafeRawBufferPointer) -> UInt64 { BytesHash.of(key, seed: seed) }

    package mutating func insert(_ value: Value, for key: UnsafeRawBufferPointer) {
        if (count + 1) * 2 > slots.count { grow() }
        if place(Slot(hash: hash(of: key), key: Array(key), value: value)) { count += 1 }
    }

    /// True where the key is new.
    private mutating func place(_ fresh: Slot) -> Bool {
        var index = Int(truncatingIfNeeded: fresh.hash) & (slots.count - 1)
        while let slot = slots[index] {
            if slot.hash == fresh.hash, slot.key == fresh.key {
                slots[index] = fresh
                return false
            }
            index = (index + 1) & (slots.count - 1)
        }
        slots[index] = fresh
        return true
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: nil, count: old.count * 2)
        for case let slot? in old { _ = place(slot) }
    }
}
