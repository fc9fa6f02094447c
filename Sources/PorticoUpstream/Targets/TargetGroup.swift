// What the targets of one route share across event loops and reloads: a count of changes, who is told when one of them
// departs, and the line of requests that wait for room at any of them.
import Synchronization

package final class TargetGroup: Sendable {
    /// Called on any thread.
    package typealias Listener = @Sendable (TargetState) -> Void

    /// Why a target is to be rid of what it has, each in its own way.
    package enum Departure: Sendable { case down, draining }

    private struct Listeners {
        var next = 0
        var all: [Int: @Sendable (TargetState, Departure) -> Void] = [:]
    }

    private struct Waiter {
        let takes: @Sendable (TargetState) -> Bool
        let wake: Listener
    }

    package enum Joined: ~Copyable {
        case waiting(number: Int)
        /// There is room after all.
        case admitted(TargetPermit)
        case full
    }

    package let route: String
    private let changeCount = Atomic<Int>(0)
    private let listeners = Mutex(Listeners())
    private let waitingCount = Atomic<Int>(0)
    private let line = Mutex(WaitingLine<Waiter>())

    /// Told of every change of a member's mode, health or breaker, on whatever thread makes it.
    let tell: @Sendable (TargetEvent) -> Void

    package init(route: String, tell: @escaping @Sendable (TargetEvent) -> Void = { _ in }) {
        self.route = route
        self.tell = tell
    }

    /// Grows with each change of a member's standing: a loop that saw this number knows whom it may pick.
    package var changes: Int { changeCount.load(ordering: .acquiring) }

    func noteChange() { changeCount.wrappingAdd(1, ordering: .releasing) }

    // MARK: Departures

    /// The number takes the listener away again.
    package func onDeparture(_ listener: @escaping @Sendable (TargetState, Departure) -> Void) -> Int {
        listeners.withLock {
            $0.next += 1
            $0.all[$0.next] = listener
            return $0.next
        }
    }

    package func removeListener(_ number: Int) { _ = listeners.withLock { $0.all.removeValue(forKey: number) } }

    func tell(_ departure: Departure, of state: TargetState) {
        for listener in listeners.withLock({ Array($0.all.values) }) { listener(state, departure) }
    }

    // MARK: Waiting for room

    package var hasWaiting: Bool { waitingCount.load(ordering: .sequentiallyConsistent) > 0 }

    /// Joins the line; the first in it asks `admit` once more, for a target may have become free on the way here. Either
    /// that is seen then, or whoever frees it sees that somebody waits. `takes`: whether a target is any use; after a reload requests
    /// of both configurations stand in one line. `wake` is given the target, which counts the request already. `giveBack`: the
    /// permit that `admit` gave is not needed.
    package func join(
        limit: Int, takes: @escaping @Sendable (TargetState) -> Bool, admit: () -> TargetPermit?,
        giveBack: (consuming TargetPermit) -> Void, wake: @escaping Listener
    ) -> Joined {
        waitingCount.wrappingAdd(1, ordering: .sequentiallyConsistent)
        let waiter = Waiter(takes: takes, wake: wake)
        let place = line.withLock { line in
            line.join(waiter, limit: limit).map { (number: $0, isFirst: line.count == 1) }
        }
        guard let place else {
            leaveCount()
            return .full
        }
        guard place.isFirst, let permit = admit() else { return .waiting(number: place.number) }
        if leave(place.number) { return .admitted(permit) }
        // It was given a target at the same moment: one is enough.
        giveBack(permit)
        return .waiting(number: place.number)
    }

    /// False where `wake` was called already, or is about to be.
    package func leave(_ number: Int) -> Bool {
        guard line.withLock({ $0.leave(number) }) else { return false }
        leaveCount()
        return true
    }

    func madeRoom(at state: TargetState) {
        let waiter: Waiter? = line.withLock { line in
            guard state.standing.isDisjoint(with: [.barred, .probing]), line.contains(where: { $0.takes(state) }),
                state.beginIfRoom()
            else { return nil }
            return line.popFirst { $0.takes(state) }
        }
        guard let waiter else { return }
        leaveCount()
        waiter.wake(state)
    }

    private func leaveCount() { waitingCount.wrappingSubtract(1, ordering: .sequentiallyConsistent) }
}
