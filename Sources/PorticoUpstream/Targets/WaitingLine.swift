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

    /// Back at its place, however many wait by now.
    package mutating func rejoin(_ waiter: Waiter, as number: Int) {
        let place = entries[first...].firstIndex { $0.number > number } ?? entries.count
        entries.insert(Entry(number: number, waiter: waiter), at: place)
    }

    package mutating func popFirst() -> Waiter? {
        guard first < entries.count else { return nil }
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
