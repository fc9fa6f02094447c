// The site's files in memory, least recently used out first, within a budget of bytes. Shared by all event loops.
import PorticoCore
import Synchronization

final class FileCache: Sendable {
    fileprivate struct Node {
        var key: [UInt8]
        /// Nil in a place that is free: nothing is held for it.
        var entry: StaticEntry?
        var footprint: Int
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
    static let maxEntries = 4096
    /// Large files are kept as descriptors: a scarcer good than bytes.
    static let maxOpenFiles = 256

    init(budget: Int) { self.budget = budget }

    func find(_ key: UnsafeRawBufferPointer) -> StaticEntry? {
        guarded.withLock { guarded -> StaticEntry? in
            guard let place = guarded.state.places[key] else { return nil }
            if guarded.state.newest != place { guarded.state.makeNewest(place) }
            return guarded.state.nodes[place].entry
        }
    }

    /// Whether an entry of that size is kept at all: none may take more than an eighth.
    func admits(footprint: Int) -> Bool { footprint <= budget / 8 }

    /// Keeps an entry under its key, in place of what was there.
    func store(_ entry: StaticEntry) {
        let key = entry.key
        let footprint = entry.footprint
        guarded.withLock { guarded in
            guarded.state.remove(key)
            guard admits(footprint: footprint) else { return }
            guarded.state.insert(Node(key: key, entry: entry, footprint: footprint))
            while guarded.state.bytes > budget || guarded.state.places.count > Self.maxEntries
                || guarded.state.openFiles > Self.maxOpenFiles
            {
                guarded.state.remove(guarded.state.nodes[guarded.state.oldest].key)
            }
        }
    }

    func remove(_ key: [UInt8]) { guarded.withLock { $0.state.remove(key) } }
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

    fileprivate mutating func remove(_ key: [UInt8]) {
        guard let place = key.withUnsafeBytes({ places[$0] }) else { return }
        key.withUnsafeBytes { places.remove($0) }
        unlink(place)
        bytes -= nodes[place].footprint
        openFiles -= nodes[place].entry?.openFiles ?? 0
        nodes[place].entry = nil
        free.append(place)
    }

    fileprivate mutating func makeNewest(_ place: Int) {
        unlink(place)
        linkNewest(place)
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
