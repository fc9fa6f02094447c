// Deadlines for clients that block.
import PorticoCore

enum Clock {
    static func after(_ duration: Duration) -> MonotonicTime { .now() + Interval(duration) }
    static func isPast(_ time: MonotonicTime) -> Bool { .now() > time }
}
