// How often exchanges ended for which reason. Reasons are literals from a closed list, so that there are few; a plain success
// has none and does not come here.
import PorticoCore
import Synchronization

final class ReasonCounts: Sendable {
    /// More than the list of docs/logs.md has.
    static let limit = 64

    private let counts = Mutex<[(reason: StaticString, count: Int)]>([])

    /// The lock is its loop's own, but for whoever reads.
    func add(_ reason: StaticString) {
        counts.withLock { counts in
            for index in counts.indices where Self.isSame(counts[index].reason, reason) {
                counts[index].count += 1
                return
            }
            if counts.count < Self.limit { counts.append((reason, 1)) }
        }
    }

    func add(to sums: inout [String: Int]) {
        for (reason, count) in counts.withLock({ $0 }) { sums[reason.description, default: 0] += count }
    }

    /// The same text may be a literal in several places.
    private static func isSame(_ left: StaticString, _ right: StaticString) -> Bool {
        left.utf8Start == right.utf8Start || left.bytes.elementsEqual(right.bytes)
    }
}
