// `max_idle` is a bound for the process, while each event loop keeps its own idle connections: permits go from here to the
// loops, which keep them as long as they use them, so that a request touches nothing shared.
import Synchronization

final class IdlePermits: Sendable {
    private let left: Atomic<Int>

    init(count: Int) { left = Atomic(count) }

    /// False where all are out.
    func take() -> Bool {
        guard left.subtract(1, ordering: .relaxed).newValue >= 0 else {
            giveBack(1)
            return false
        }
        return true
    }

    func giveBack(_ count: Int) { left.add(count, ordering: .relaxed) }
}
