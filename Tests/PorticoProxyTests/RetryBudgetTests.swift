// How many retries requests may cause.
import PorticoCore
import Testing

@testable import PorticoProxy

@Suite struct RetryBudgetTests {
    private func time(_ seconds: Double) -> MonotonicTime { MonotonicTime(nanoseconds: Int64(seconds * 1e9)) }

    /// Retries granted one after the other, each over at once, or all running on.
    private func granted(_ budget: inout RetryBudget, at now: MonotonicTime, running: Bool) -> Int {
        var count = 0
        while count < 10_000, budget.take(now) {
            count += 1
            if !running { budget.finish() }
        }
        return count
    }

    @Test func `a share of the requests, and three at a time in any case`() {
        for (requests, expected) in [(0, 3), (10, 3), (15, 3), (20, 4), (100, 20), (1000, 200)] {
            var budget = RetryBudget(share: 0.2, now: time(100))
            budget.noteRequests(requests)
            let checked = granted(&budget, at: time(100), running: true)
            #expect(checked == expected, "\(requests)")
        }
    }

    @Test func `one at a time is always allowed`() {
        var budget = RetryBudget(share: 0, now: time(100))
        let checked = granted(&budget, at: time(100), running: false)
        #expect(checked == 10_000)
    }

    @Test func `requests and retries count for ten seconds`() {
        var budget = RetryBudget(share: 0.5, now: time(100))
        budget.noteRequests(100)
        budget.advance(to: time(105))
        budget.noteRequests(20)
        var checked = granted(&budget, at: time(105.9), running: true)
        #expect(checked == 60)
        // The first hundred are forgotten, the retries are not.
        checked = granted(&budget, at: time(110.1), running: true)
        #expect(checked == 0)
        budget.advance(to: time(115.1))
        budget.noteRequests(40)
        checked = granted(&budget, at: time(115.2), running: true)
        #expect(checked == 20)
        checked = granted(&budget, at: time(500), running: true)
        #expect(checked == 0, "all three and more still run")
    }

    @Test func `all event loops together have one budget`() {
        let budget = RouteBudget(share: 0.2)
        // Of the real clock, as the budget's own start is.
        let now = MonotonicTime.now()
        budget.note(10, now)
        budget.note(10, now)
        let taken = (0..<10).map { budget.take(after: $0 == 5 ? 10 : 0, now) }
        #expect(taken == [true, true, true, true, false, true, true, false, false, false])
        budget.finish()
        #expect(!budget.take(after: 0, now), "more than three still run, and the share is used up")
    }

    @Test func `a long silence forgets everything`() {
        var budget = RetryBudget(share: 1, now: time(0))
        budget.noteRequests(100)
        let checked = granted(&budget, at: time(86_400), running: true)
        #expect(checked == 3)
    }
}
