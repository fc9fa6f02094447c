// A flag that a test sets and a backend's threads read.
import Synchronization

package final class AtomicFlag: Sendable {
    private let flag: Atomic<Bool>

    package init(_ value: Bool) { flag = Atomic(value) }

    package var value: Bool {
        get { flag.load(ordering: .acquiring) }
        set { flag.store(newValue, ordering: .releasing) }
    }
}
