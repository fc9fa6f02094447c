// When a target that fails no check yet is suspected to be frozen: requests wait for it far longer than is usual, and it
// has answered nothing since they were sent. Pure. A wrong suspicion costs some requests a second try elsewhere, so it
// takes several witnesses, and a backend known to be slow gets its time.
package import PorticoCore

package struct Suspicion: Sendable {
    /// What is seen of a target.
    package struct Evidence: Sendable {
        /// Requests that wait for the first byte of an answer, on all event loops.
        package var waiting: Int
        /// How long the oldest of them waits.
        package var oldest: Interval
        /// Since when the target has answered nothing; however long where it never did.
        package var silence: Interval
        /// Its usual time to an answer, and the longest of late.
        package var usual: Interval
        package var longest: Interval

        package init(waiting: Int, oldest: Interval, silence: Interval, usual: Interval, longest: Interval) {
            self.waiting = waiting
            self.oldest = oldest
            self.silence = silence
            self.usual = usual
            self.longest = longest
        }
    }

    package static let witnesses = 3
    /// No wait below this is a sign.
    package static let shortestPatience = Interval.milliseconds(300)

    /// How long a request may wait before the wait is a sign.
    package static func patience(usual: Interval, longest: Interval) -> Interval {
        max(
            shortestPatience, Interval(nanoseconds: usual.nanoseconds &* 8),
            Interval(nanoseconds: longest.nanoseconds &* 2))
    }

    /// `isTried`: it is suspected already, and one request tries whether it still deserves it.
    package static func isJustified(_ evidence: Evidence, isTried: Bool = false) -> Bool {
        evidence.waiting >= (isTried ? 1 : witnesses) && evidence.silence >= evidence.oldest
            && evidence.oldest > patience(usual: evidence.usual, longest: evidence.longest)
    }

    // MARK: The way back

    private var retryAt = MonotonicTime.never

    package init() {}

    /// Suspected from now on, until `clear`; true where it was not yet. One request tries it every four seconds. Not earlier: where the
    /// suspicion is right, whoever tries has to wait, and a health check may find out first.
    package mutating func raise(_ now: MonotonicTime) -> Bool {
        guard retryAt == .never else { return false }
        arm(now)
        return true
    }

    /// True once each time that it is due. The trial may come to nothing: there is a next one.
    package mutating func takeTrial(_ now: MonotonicTime) -> Bool {
        guard now >= retryAt else { return false }
        arm(now)
        return true
    }

    private mutating func arm(_ now: MonotonicTime) { retryAt = now + Self.trialPause }

    private static let trialPause = Interval.seconds(4)

    package mutating func clear() { self = Suspicion() }
}
