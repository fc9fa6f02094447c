// Whether a client still takes bytes: looked at by the timer, so that a write costs nothing.
import NIOCore
import PorticoCore

struct WriteProgress {
    private var pending = 0
    private var moved = 0
    private var since = MonotonicTime.never

    /// Whether bytes waited at the last look.
    var isWaiting: Bool { pending > 0 }

    /// True when the same bytes have waited longer than `timeout`. `moved`: how many went out past the channel so far, where
    /// such are followed by others that wait.
    mutating func hasStalled(_ channel: (any Channel)?, moved: Int = 0, now: MonotonicTime, timeout: Interval) -> Bool {
        guard let channel, let waiting = try? channel.syncOptions?.getOption(.bufferedWritableBytes), waiting > 0 else {
            pending = 0
            return false
        }
        if waiting != pending || moved != self.moved {
            pending = waiting
            self.moved = moved
            since = now
            return false
        }
        return now > since + timeout
    }
}
