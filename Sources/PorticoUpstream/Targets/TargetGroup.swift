// What the targets of one route share across event loops and reloads: a count of changes, and who is told when one of them
// is marked down.
import Synchronization

package final class TargetGroup: Sendable {
    package typealias Listener = @Sendable (TargetState) -> Void

    private struct Listeners {
        var next = 0
        var all: [Int: Listener] = [:]
    }

    package let route: String
    private let changeCount = Atomic<Int>(0)
    private let listeners = Mutex(Listeners())

    /// Told of every change of a member's mode, health or breaker, on whatever thread makes it.
    let tell: @Sendable (TargetEvent) -> Void

    package init(route: String, tell: @escaping @Sendable (TargetEvent) -> Void = { _ in }) {
        self.route = route
        self.tell = tell
    }

    /// Grows with each change of a member's standing: a loop that saw this number knows whom it may pick.
    package var changes: Int { changeCount.load(ordering: .acquiring) }

    func noteChange() { changeCount.wrappingAdd(1, ordering: .releasing) }

    // MARK: Marked down

    /// The listener is called on whatever thread marks a target down. The number takes it away again.
    package func onDown(_ listener: @escaping Listener) -> Int {
        listeners.withLock {
            $0.next += 1
            $0.all[$0.next] = listener
            return $0.next
        }
    }

    package func removeListener(_ number: Int) { _ = listeners.withLock { $0.all.removeValue(forKey: number) } }

    func tellDown(_ state: TargetState) {
        for listener in listeners.withLock({ Array($0.all.values) }) { listener(state) }
    }
}
