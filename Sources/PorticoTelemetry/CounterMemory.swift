// Numbers that one event loop writes and anybody reads: no lock, no contended cache line, no allocation. It knows nothing
// of what the numbers mean.
import Glibc
import Synchronization

/// A row of counters, all zero at first. Exactly one thread writes; a reader sees each counter as it was a moment ago.
// SAFETY: the memory belongs to this object, is never moved, and each counter is read and written atomically.
final class CounterMemory: @unchecked Sendable {
    private let cells: UnsafeMutablePointer<Atomic<Int>>
    private let size: Int

    /// Pages that nobody writes to cost no memory: room for many routes is reserved, not used.
    init(count: Int) {
        size = count * MemoryLayout<Atomic<Int>>.stride
        guard let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            memory != MAP_FAILED
        else { fatalError("no memory for counters") }
        // SAFETY: fresh pages hold zeros, which is what `Atomic(0)` is made of; `count` of them fit.
        cells = memory.bindMemory(to: Atomic<Int>.self, capacity: count)
    }

    deinit { munmap(cells, size) }

    /// By the one writer: a load and a store, which on one's own cache line cost as much as a plain sum.
    @inline(__always)
    func add(_ amount: Int, at index: Int) {
        let cell = cells + index
        cell.pointee.store(cell.pointee.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }

    /// By the one writer: for gauges.
    @inline(__always)
    func set(_ value: Int, at index: Int) { cells[index].store(value, ordering: .relaxed) }

    @inline(__always)
    subscript(index: Int) -> Int { cells[index].load(ordering: .relaxed) }
}
