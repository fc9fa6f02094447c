// How many retries a route's requests may cause, so that a backend in trouble is not given more work than it had: a share
// of the requests of the last ten seconds, and a few at a time in any case. `RetryBudget` is pure; `RouteBudget` is what the
// event loops share of it.
import PorticoCore
import Synchronization

struct RetryBudget {
    static let alwaysAllowed = 3
    private static let seconds = 10

    private let share: Double
    /// By second, as a ring; `current` is the second that `second` names.
    private var requests = InlineArray<10, Int>(repeating: 0)
    private var retries = InlineArray<10, Int>(repeating: 0)
    private var current = 0
    private var second: Int64
    private(set) var running = 0

    init(share: Double, now: MonotonicTime) {
        self.share = share
        second = now.nanoseconds / 1_000_000_000
    }

    mutating func noteRequests(_ count: Int = 1) { requests[current] += count }

    /// Forgets what is older than ten seconds. To be called now and then.
    mutating func advance(to now: MonotonicTime) {
        let passed = now.nanoseconds / 1_000_000_000 - second
        guard passed > 0 else { return }
        second += passed
        for _ in 0..<min(passed, Int64(Self.seconds)) {
            current = (current + 1) % Self.seconds
            requests[current] = 0
            retries[current] = 0
        }
    }

    /// Takes a retry, if there is one left. `finish` follows when its request is over.
    mutating func take(_ now: MonotonicTime) -> Bool {
        advance(to: now)
        var (asked, tried) = (0, 0)
        for index in 0..<Self.seconds {
            asked += requests[index]
            tried += retries[index]
        }
        guard running < Self.alwaysAllowed || Double(tried + 1) <= share * Double(asked) else { return false }
        retries[current] += 1
        running += 1
        return true
    }

    mutating func finish() { running -= 1 }
}

/// One per route, for all event loops: they hand over the numbers of their requests a few times a second, and when they want
/// a retry.
final class RouteBudget: Sendable {
    private let budget: Mutex<RetryBudget>

    init(share: Double) { budget = Mutex(RetryBudget(share: share, now: .now())) }

    func note(_ requests: Int, _ now: MonotonicTime) {
        budget.withLock {
            $0.advance(to: now)
            $0.noteRequests(requests)
        }
    }

    /// `requests`: those that were not handed over yet.
    func take(after requests: Int, _ now: MonotonicTime) -> Bool {
        budget.withLock {
            $0.advance(to: now)
            $0.noteRequests(requests)
            return $0.take(now)
        }
    }

    func finish() { budget.withLock { $0.finish() } }
}
