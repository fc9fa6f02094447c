// Successes and failures of the last while, in a fixed number of buckets: bounded memory whatever the traffic. What is
// forgotten is forgotten a bucket at a time, so the window is between nine and ten tenths of its length.
package import PorticoCore

package struct OutcomeWindow: Sendable {
    private static let bucketCount = 10

    private struct Bucket {
        var total = 0
        var failures = 0
    }

    private let width: Int64
    private var buckets = [Bucket](repeating: Bucket(), count: bucketCount)
    /// The number of the newest bucket, counted from the clock's zero.
    private var newest = Int64.min
    package private(set) var total = 0
    package private(set) var failures = 0

    package init(length: Interval) {
        width = max(1, length.nanoseconds / Int64(OutcomeWindow.bucketCount))
    }

    package mutating func add(isFailure: Bool, _ now: MonotonicTime) {
        advance(to: now.nanoseconds / width)
        let index = OutcomeWindow.place(newest)
        buckets[index].total += 1
        total += 1
        if isFailure {
            buckets[index].failures += 1
            failures += 1
        }
    }

    package mutating func clear() {
        for index in buckets.indices { buckets[index] = Bucket() }
        (total, failures) = (0, 0)
    }

    /// A clock reading from another thread may be a little older than the newest bucket: it counts in that one.
    private mutating func advance(to number: Int64) {
        guard number > newest else { return }
        if newest == .min || number - newest >= Int64(OutcomeWindow.bucketCount) {
            clear()
        } else {
            for passed in (newest + 1)...number { empty(OutcomeWindow.place(passed)) }
        }
        newest = number
    }

    private mutating func empty(_ index: Int) {
        total -= buckets[index].total
        failures -= buckets[index].failures
        buckets[index] = Bucket()
    }

    private static func place(_ number: Int64) -> Int {
        let rest = Int(number % Int64(bucketCount))
        return rest < 0 ? rest + bucketCount : rest
    }
}
