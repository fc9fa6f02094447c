// When a target is suspected to be frozen, and when one request may try it.
import PorticoCore
import PorticoUpstream
import Testing

@Suite struct SuspicionTests {
    private typealias Row = (
        waiting: Int, oldest: Int, silence: Int, usual: Int, longest: Int, isTried: Bool, expected: Bool
    )

    @Test func `the rule is this table, in milliseconds`() {
        let rows: [Row] = [
            // Nothing for 300 ms, where 2 ms are usual.
            (3, 301, 400, 2, 10, false, true), (3, 300, 400, 2, 10, false, false), (200, 400, 400, 2, 10, false, true),
            // One slow request, or two, prove nothing.
            (2, 5_000, 9_000, 2, 10, false, false), (1, 5_000, 9_000, 2, 10, false, false),
            // It answered others meanwhile.
            (50, 5_000, 4_999, 2, 10, false, false), (50, 5_000, 20, 2, 10, false, false),
            // Slow backends get eight times their mean, and twice the longest of late.
            (9, 790, 900, 100, 200, false, false), (9, 801, 900, 100, 200, false, true),
            (9, 3_000, 4_000, 10, 2_000, false, false), (9, 4_001, 5_000, 10, 2_000, false, true),
            // Never heard of: 300 ms.
            (3, 301, 900_000, 0, 0, false, true),
            // Suspected already: the one request that tries it is enough.
            (1, 301, 400, 2, 10, true, true), (1, 299, 400, 2, 10, true, false), (1, 301, 300, 2, 10, true, false),
            (0, 0, 400, 2, 10, true, false),
        ]
        for row in rows {
            let evidence = Suspicion.Evidence(
                waiting: row.waiting, oldest: .milliseconds(row.oldest), silence: .milliseconds(row.silence),
                usual: .milliseconds(row.usual), longest: .milliseconds(row.longest))
            #expect(Suspicion.isJustified(evidence, isTried: row.isTried) == row.expected, "\(row)")
        }
    }

    /// Whatever comes of them: a trial that was refused, or whose client left, told nothing.
    @Test func `trials come every four seconds, and once each`() {
        var suspicion = Suspicion()
        var now = MonotonicTime(nanoseconds: 0)
        let early = suspicion.takeTrial(now + .seconds(1000))
        let isNew = suspicion.raise(now)
        #expect([early, isNew] == [false, true])
        for pause in [4_000, 4_000, 4_000] {
            let before = suspicion.takeTrial(now + .milliseconds(pause - 1))
            // More evidence does not put the next trial off.
            let isNew = suspicion.raise(now + .milliseconds(pause - 1))
            now = now + .milliseconds(pause)
            let due = suspicion.takeTrial(now)
            let again = suspicion.takeTrial(now)
            #expect([before, isNew, due, again] == [false, false, true, false], "\(pause)")
        }
        suspicion.clear()
        _ = suspicion.raise(now)
        let due = suspicion.takeTrial(now + .seconds(4))
        #expect(due)
    }
}
