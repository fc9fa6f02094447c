// The site's files in memory within a budget of bytes; what was not used for long goes first. Shared by all event loops.
import PorticoCore
import Synchronization

final class FileCache: Sendable {
    /// An entry's place in the order in which they leave. Cold memory: a hit does not come here.
    fileprivate struct Node {
        var hash: UInt64
        var footprint: Int
        var newer = -1
        var older = -1
    }

    fileprivate struct State {
        var entries = EntryTable()
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
    private let wholeBudget: Int
    /// Less than the whole one while the process is short of memory.
    private let currentBudget: Atomic<Int>
    private var budget: Int { currentBudget.load(ordering: .relaxed) }
    static let maxEntries = 1 << 16
    /// Large files are kept as descriptors: a scarcer good than bytes.
    static let maxOpenFiles = 256

    init(budget: Int) {
        wholeBudget = budget
        currentBudget = Atomic(budget)
    }

    /// Gives up half of what it holds, and holds no more until it is restored.
    func shrink() {
        _ = guarded.withLock { guarded -> [StaticEntry] in
            currentBudget.store(min(budget, guarded.state.bytes) / 2, ordering: .relaxed)
            var gone: [StaticEntry] = []
            makeRoom(&guarded.state, for: 0, bytes: 0, openFiles: 0, &gone)
            return gone
        }
    }

    func restore() { currentBudget.store(wholeBudget, ordering: .relaxed) }

    func find(_ key: UnsafeRawBufferPointer) -> StaticEntry? {
        guarded.withLock { $0.state.entries.find(key) }
    }

    /// The same without a trace of it: for whoever only wants to know.
    func peek(_ key: [UInt8]) -> StaticEntry? {
        guarded.withLock { guarded in
            key.withUnsafeBytes { guarded.state.entries.place(of: $0) }.map { guarded.state.entry($0) }
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
            guarded.state.insert(entry, footprint: footprint)
            return gone
        }
    }

    /// Puts a newly made variant to its entry; nothing happens where that is no longer the one in the cache, or would grow
    /// too large.
    func add(
        _ variant: StaticEntry.Variant, _ coding: ContentCoding, sidecar: StaticEntry.Neighbour?, to entry: StaticEntry
    ) {
        _ = guarded.withLock { guarded -> [StaticEntry] in
            guard let place = entry.key.withUnsafeBytes({ guarded.state.entries.place(of: $0) }),
                case let known = guarded.state.entry(place), known.identity === entry.identity
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
            state.bytes + bytes > budget || state.entries.count + entries > Self.maxEntries
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

    var count: Int { guarded.withLock { $0.state.entries.count } }

    /// Bytes held, as reckoned for the budget.
    var bytes: Int { guarded.withLock { $0.state.bytes } }
}

extension FileCache.State {
    fileprivate func entry(_ place: Int) -> StaticEntry { entries.entry(place, hash: nodes[place].hash) }

    fileprivate mutating func insert(_ entry: StaticEntry, footprint: Int) {
        let place = free.popLast() ?? nodes.count
        let node = FileCache.Node(hash: entries.insert(entry, place: place), footprint: footprint)
        if place == nodes.count { nodes.append(node) } else { nodes[place] = node }
        bytes += footprint
        openFiles += entry.openFiles
        linkNewest(place)
    }

    /// In the same place, with the same key.
    fileprivate mutating func replace(_ place: Int, by entry: StaticEntry, footprint: Int) {
        bytes += footprint - nodes[place].footprint
        openFiles += entry.openFiles - self.entry(place).openFiles
        nodes[place].footprint = footprint
        entries.replace(place, hash: nodes[place].hash, by: entry)
    }

    fileprivate mutating func remove(_ key: [UInt8]) -> StaticEntry? {
        key.withUnsafeBytes { entries.place(of: $0) }.map { remove($0) }
    }

    private mutating func remove(_ place: Int) -> StaticEntry {
        let entry = entries.remove(place, hash: nodes[place].hash)
        unlink(place)
        bytes -= nodes[place].footprint
        openFiles -= entry.openFiles
        free.append(place)
        return entry
    }

    /// The oldest that was not asked for of late; the others are passed over once ("second chance").
    fileprivate mutating func removeOldest() -> StaticEntry {
        while entries.takeMark(oldest, hash: nodes[oldest].hash) {
            let place = oldest
            unlink(place)
            linkNewest(place)
        }
        return remove(oldest)
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
