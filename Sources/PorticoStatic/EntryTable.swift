// The index of the cache: from a path to its entry. Made for a hit on a file that nobody asked for of late, where each cold
// line of memory costs more than all the arithmetic: a slot is sixteen bytes, tells other paths apart by itself, and the
// path lies in the entry. What leaves the cache, and when, is FileCache's part.
import PorticoCore

/// Open addressing with linear probing; at most half full. Not thread-safe.
struct EntryTable {
    private struct Slot {
        /// The upper half of the hash; 0 where the slot is free.
        var tag: UInt32 = 0
        /// The caller's number for the entry, and the mark.
        var place: UInt32 = 0
        var entry: StaticEntry?
    }

    /// Asked for since the mark was last taken away. It lies here so that a hit writes to no further line.
    private static let mark: UInt32 = 1 << 31

    private var slots = [Slot](repeating: Slot(), count: 16)
    private(set) var count = 0
    private let seed = UInt64.random(in: .min ... .max)

    func hash(of key: UnsafeRawBufferPointer) -> UInt64 { BytesHash.of(key, seed: seed) }

    /// The entry of that path, which is marked.
    mutating func find(_ key: UnsafeRawBufferPointer) -> StaticEntry? {
        guard let index = index(of: key, hash: hash(of: key)) else { return nil }
        if slots[index].place & Self.mark == 0 { slots[index].place |= Self.mark }
        return slots[index].entry
    }

    /// The caller's number for the entry of that path.
    func place(of key: UnsafeRawBufferPointer) -> Int? {
        index(of: key, hash: hash(of: key)).map { Int(slots[$0].place & ~Self.mark) }
    }

    /// The path must be new. Returns its hash, by which the entry is found again.
    mutating func insert(_ entry: StaticEntry, place: Int) -> UInt64 {
        if (count + 1) * 2 > slots.count { grow() }
        let hash = entry.key.withUnsafeBytes { self.hash(of: $0) }
        put(Slot(tag: Self.tag(hash), place: UInt32(place), entry: entry), hash)
        count += 1
        return hash
    }

    /// Puts another entry of the same path in the place of one.
    mutating func replace(_ place: Int, hash: UInt64, by entry: StaticEntry) { slots[index(place, hash)].entry = entry }

    func entry(_ place: Int, hash: UInt64) -> StaticEntry { slots[index(place, hash)].entry! }

    /// Takes the mark away; whether there was one.
    mutating func takeMark(_ place: Int, hash: UInt64) -> Bool {
        let index = index(place, hash)
        defer { slots[index].place &= ~Self.mark }
        return slots[index].place & Self.mark != 0
    }

    mutating func remove(_ place: Int, hash: UInt64) -> StaticEntry {
        let hole = index(place, hash)
        // A slot with a tag has its entry.
        let entry = slots[hole].entry!
        slots[hole] = Slot()
        count -= 1
        closeGap(behind: hole)
        return entry
    }

    // MARK: Slots

    private static func tag(_ hash: UInt64) -> UInt32 { max(UInt32(truncatingIfNeeded: hash >> 32), 1) }

    private func index(of key: UnsafeRawBufferPointer, hash: UInt64) -> Int? {
        let tag = Self.tag(hash)
        var index = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[index].tag != 0 {
            if slots[index].tag == tag, slots[index].entry!.hasKey(key) { return index }
            index = (index + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Of an entry that is in the table.
    private func index(_ place: Int, _ hash: UInt64) -> Int {
        var index = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[index].tag == 0 || slots[index].place & ~Self.mark != UInt32(place) {
            index = (index + 1) & (slots.count - 1)
        }
        return index
    }

    private mutating func put(_ slot: Slot, _ hash: UInt64) {
        var index = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[index].tag != 0 { index = (index + 1) & (slots.count - 1) }
        slots[index] = slot
    }

    /// Moves up what probing would no longer reach across the hole.
    private mutating func closeGap(behind hole: Int) {
        var index = (hole + 1) & (slots.count - 1)
        while slots[index].tag != 0 {
            let slot = slots[index]
            slots[index] = Slot()
            put(slot, slot.entry!.key.withUnsafeBytes { hash(of: $0) })
            index = (index + 1) & (slots.count - 1)
        }
    }

    private mutating func grow() {
        let old = slots
        slots = [Slot](repeating: Slot(), count: old.count * 2)
        for slot in old where slot.tag != 0 { put(slot, slot.entry!.key.withUnsafeBytes { hash(of: $0) }) }
    }
}
