// The clock seam: monotonic instants as plain integers, cheap enough to keep in every connection.
import Glibc
import SwiftOverlayShims

/// Nanoseconds on the monotonic clock. Only differences mean anything.
package struct MonotonicTime: Sendable, Hashable, Comparable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package static func now() -> MonotonicTime {
        MonotonicTime(nanoseconds: SystemClock.nanoseconds(CLOCK_MONOTONIC))
    }

    /// Later than every instant: a deadline that is not set.
    package static let never = MonotonicTime(nanoseconds: .max)

    package static func < (left: MonotonicTime, right: MonotonicTime) -> Bool { left.nanoseconds < right.nanoseconds }

    package static func + (time: MonotonicTime, interval: Interval) -> MonotonicTime {
        MonotonicTime(nanoseconds: time.nanoseconds &+ interval.nanoseconds)
    }

    package static func - (left: MonotonicTime, right: MonotonicTime) -> Interval {
        Interval(nanoseconds: left.nanoseconds &- right.nanoseconds)
    }
}

package enum WallClock {
    package static func unixNanoseconds() -> Int64 { SystemClock.nanoseconds(CLOCK_REALTIME) }
}

private enum SystemClock {
    static func nanoseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

extension Duration {
    /// The duration in nanoseconds; the contract's durations are bounded far below 292 years.
    package var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds &* 1_000_000_000 &+ attoseconds / 1_000_000_000
    }
}
