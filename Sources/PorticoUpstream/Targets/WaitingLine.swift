// Who waits for room at a target: first come, first served, and no more than a limit. Pure.

package struct WaitingLine<Waiter: Sendable>: Sendable {
    private struct Entry {
        let number: Int
        let waiter: Waiter
    }

    /// Those before `first` are gone already.
    private var entries: [Entry] = []
    private var first = 0
    private var nextNumber = 0

    package init() {}

    package var count: Int { entries.count - first }

    /// The number under which it waits; nil where `limit` wait already.
    package mutating func join(_ waiter: Waiter, limit: Int) -> Int? {
        guard count < limit else { return nil }
        nextNumber += 1
        entries.append(Entry(number: nextNumber, waiter: waiter))
        return nextNumber
    }

    package func contains(where takes: (Waiter) -> Bool) -> Bool { entries[first...].contains { takes($0.waiter) } }

    /// The first that `takes` accepts.
    package mutating func popFirst(where takes: (Waiter) -> Bool = { _ in true }) -> Waiter? {
        guard let index = entries[first...].firstIndex(where: { takes($0.waiter) }) else { return nil }
        guard index == first else { return entries.remove(at: index).waiter }
        let waiter = entries[first].waiter
        first += 1
        if first == entries.count || first > 256 && first > entries.count / 2 {
            entries.removeFirst(first)
            first = 0
        }
        return waiter
    }

    /// False where it does not wait any more.
    package mutating func leave(_ number: Int) -> Bool {
        guard let index = entries[first...].firstIndex(where: { $0.number == number }) else { return false }
        entries.remove(at: index)
        return true
    }
}
