// A mean in which a sample counts less the older it is, so that a change shows within seconds whatever the rate.
import Glibc
package import PorticoCore

package struct DecayingMean: Sendable {
    /// After this time a sample weighs 1/e.
    static let memory = Interval.seconds(5)

    /// In nanoseconds; 0 before the first sample.
    package private(set) var value = 0.0
    /// When it was last told of a sample.
    private var at = MonotonicTime(nanoseconds: 0)

    package init() {}

    package mutating func observe(_ sample: Interval, at now: MonotonicTime) {
        let sampled = Double(max(1, sample.nanoseconds))
        if value == 0 {
            value = sampled
        } else {
            let kept = exp(-Double(max(0, (now - at).nanoseconds)) / Double(Self.memory.nanoseconds))
            // Many samples at one instant still count for something.
            let share = max(1 - kept, 1.0 / 64)
            value += (sampled - value) * share
        }
        at = now
    }

    /// The logarithm of the mean, as it fades while nothing is heard, plus a term that grows with time alike for all: so
    /// two means stay in the order of these numbers until one of them is told a new sample.
    var fadingOrder: Double { log(value) + Double(at.nanoseconds) / Double(Self.memory.nanoseconds) }
}
