// The site's files in memory within a budget of bytes; what was not used for long goes first. Shared by all event loops.
import PorticoCore
import Synchronization

final class FileCache: Sendable {
    fileprivate struct Node {
        var key: [UInt8]
        /// Nil in a place that is free: nothing is held for it.
        var entry: StaticEntry?
        var footprint: Int
        /// Asked for since it was last passed over. A hit writes this and moves nothing: with thousands of files in use, the
        /// neighbours in the list are cold memory.
        var isUsed = false
        var newer = -1
        var older = -1
    }

    fileprivate struct State {
        var places = BytesTable<Int>()
        var nodes: [Node] = []
        var free: [Int] = []
        var newest = -1
        var oldest = -1
        var bytes = 0
        var openFiles = 0
    }

    // SAFETY: `State` is only touched under the lock.
    private struct Guarded: @unchecked Sendable { var state = State() }

    private let guarded = Mutex(Guarded())
    private let budget: Int
    static let maxEntries = 1 << 16
    /// Large files are kept as descriptors: a scarcer good than bytes.
    static let maxOpenFiles = 256

    init(budget: Int) { self.budget = budget }

    func find(_ key: UnsafeRawBufferPointer) -> StaticEntry? {
        guarded.withLock { guarded -> StaticEntry? in
            guard let place = guarded.state.places[key] else { return nil }
            if !guarded.state.nodes[place].isUsed { guarded.state.nodes[place].isUsed = true }
            return guarded.state.nodes[place].entry
        }
    }

    /// Whether an entry of that size is kept at all: none may take more than an eighth.
    func admits(footprint: Int) -> Bool { footprint <= budget / 8 }

    /// Keeps an entry under its key, in place of what was there.
    func store(_ entry: StaticEntry) {
        let key = entry.key
        let footprint = entry.footprint
        // What leaves is let go behind the lock: its end may close files and end watches.
        _ = guarded.withLock { guarded -> [StaticEntry] in
            var gone: [StaticEntry] = []
            if let old = guarded.state.remove(key) { gone.append(old) }
            guard admits(footprint: footprint) else { return gone }
            // Before it comes in: it would be the first that nobody has asked for again.
            makeRoom(&guarded.state, for: 1, bytes: footprint, openFiles: entry.openFiles, &gone)
            guarded.state.insert(Node(key: key, entry: entry, footprint: footprint))
            return gone
        }
    }

    /// Puts a newly made variant to its entry; nothing happens where that is no longer the one in the cache, or would grow
    /// too large.
    func add(
        _ variant: StaticEntry.Variant, _ coding: ContentCoding, sidecar: StaticEntry.Neighbour?, to entry: StaticEntry
    ) {
        _ = guarded.withLock { guarded -> [StaticEntry] in
            guard let place = entry.key.withUnsafeBytes({ guarded.state.places[$0] }),
                let known = guarded.state.nodes[place].entry, known.identity === entry.identity
            else { return [] }
            let grown = known.with(variant, for: coding, sidecar: sidecar)
            let footprint = grown.footprint
            guard admits(footprint: footprint) else { return [] }
            guarded.state.replace(place, by: grown, footprint: footprint)
            var gone = [known]
            makeRoom(&guarded.state, for: 0, bytes: 0, openFiles: 0, &gone)
            return gone
        }
    }

    private func makeRoom(
        _ state: inout State, for entries: Int, bytes: Int, openFiles: Int, _ gone: inout [StaticEntry]
    ) {
        while state.oldest >= 0,
            state.bytes + bytes > budget || state.places.count + entries > Self.maxEntries
                || state.openFiles + openFiles > Self.maxOpenFiles
        {
            gone.append(state.removeOldest())
        }
    }

    func remove(_ key: [UInt8]) { _ = guarded.withLock { $0.state.remove(key) } }

    func removeAll() {
        _ = guarded.withLock { guarded in
            let state = guarded.state
            guarded.state = State()
            return Guarded(state: state)
        }
    }

    /// Bytes held, as reckoned for the budget.
    var bytes: Int { guarded.withLock { $0.state.bytes } }
}

extension FileCache.State {
    fileprivate mutating func insert(_ node: FileCache.Node) {
        let place = free.popLast() ?? nodes.count
        if place == nodes.count { nodes.append(node) } else { nodes[place] = node }
        bytes += node.footprint
        openFiles += node.entry?.openFiles ?? 0
        node.key.withUnsafeBytes { places.insert(place, for: $0) }
        linkNewest(place)
    }

    /// In the same place, with the same key.
    fileprivate mutating func replace(_ place: Int, by entry: StaticEntry, footprint: Int) {
        bytes += footprint - nodes[place].footprint
        openFiles += entry.openFiles - (nodes[place].entry?.openFiles ?? 0)
        nodes[place].entry = entry
        nodes[place].footprint = footprint
    }

    fileprivate mutating func remove(_ key: [UInt8]) -> StaticEntry? {
        guard let place = key.withUnsafeBytes({ places[$0] }) else { return nil }
        return remove(place)
    }

    private mutating func remove(_ place: Int) -> StaticEntry? {
        nodes[place].key.withUnsafeBytes { places.remove($0) }
        unlink(place)
        let entry = nodes[place].entry
        bytes -= nodes[place].footprint
        openFiles -= entry?.openFiles ?? 0
        nodes[place].entry = nil
        nodes[place].key = []
        free.append(place)
        return entry
    }

    /// The oldest that was not asked for of late; the others are passed over once ("second chance").
    fileprivate mutating func removeOldest() -> StaticEntry {
        while nodes[oldest].isUsed {
            let place = oldest
            nodes[place].isUsed = false
            unlink(place)
            linkNewest(place)
        }
        // A place in the list has its entry.
        return remove(oldest)!
    }

    private mutating func linkNewest(_ place: Int) {
        nodes[place].newer = -1
        nodes[place].older = newest
        if newest >= 0 { nodes[newest].newer = place }
        newest = place
        if oldest < 0 { oldest = place }
    }

    private mutating func unlink(_ place: Int) {
        let (newer, older) = (nodes[place].newer, nodes[place].older)
        if newer >= 0 { nodes[newer].older = older } else { newest = older }
        if older >= 0 { nodes[older].newer = newer } else { oldest = newer }
    }
}
