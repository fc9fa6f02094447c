// Whether a client still takes bytes: looked at by the timer, so that a write costs nothing.
import NIOCore
import PorticoCore

struct WriteProgress {
    private var pending = 0
    private var since = MonotonicTime.never

    /// Whether bytes waited at the last look.
    var isWaiting: Bool { pending > 0 }

    /// True when the same bytes have waited longer than `timeout`.
    mutating func hasStalled(_ channel: (any Channel)?, now: MonotonicTime, timeout: Interval) -> Bool {
        guard let channel, let waiting = try? channel.syncOptions?.getOption(.bufferedWritableBytes), waiting > 0 else {
            pending = 0
            return false
        }
        if waiting != pending {
            pending = waiting
            since = now
            return false
        }
        return now > since + timeout
    }
}
