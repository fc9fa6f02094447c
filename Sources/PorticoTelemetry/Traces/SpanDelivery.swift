// When spans are sent, when again, and when they are given up. Pure: the time and the luck come from outside.
package import PorticoCore

package struct SpanDelivery {
    /// How long the first span waits for others.
    package static let delay = Interval.seconds(5)
    /// A batch is sent so often at most.
    package static let mostTries = 5
    private static let firstPause = Interval.seconds(1)
    private static let longestPause = Interval.seconds(30)

    package enum Step: Equatable {
        /// Nothing to do until spans come or a delivery ends.
        case rest
        case wait(until: MonotonicTime)
        /// A new batch.
        case send
        /// The batch that was not taken.
        case sendAgain
    }

    package enum Outcome: Equatable {
        case delivered
        /// The receiver will not take it at another time either.
        case refused
        /// It may at another time: perhaps it says when.
        case failed(after: Interval?)
    }

    package enum Verdict: Equatable { case done, drop, keep }

    private enum State: Equatable {
        case gathering
        case sending
        case pausing(until: MonotonicTime)
    }

    private var state = State.gathering
    /// When the oldest of those that are gathered must go; nil: there are none.
    private var due: MonotonicTime?
    private var tries = 0

    package init() {}

    /// What to do now, with so many spans waiting. After `send` and `sendAgain` the next call is `ended`.
    package mutating func next(waiting: Int, isLast: Bool = false, now: MonotonicTime) -> Step {
        switch state {
        case .sending: return .rest
        case .pausing(let until) where now < until && !isLast: return .wait(until: until)
        case .pausing: return begin(.sendAgain)
        case .gathering: break
        }
        guard waiting > 0 else {
            due = nil
            return .rest
        }
        let due = due ?? now + Self.delay
        self.due = due
        guard isLast || waiting >= SpanQueue.batchLimit || now >= due else { return .wait(until: due) }
        self.due = nil
        return begin(.send)
    }

    /// A batch waits to be sent again.
    package var isPausing: Bool {
        if case .pausing = state { true } else { false }
    }

    private mutating func begin(_ step: Step) -> Step {
        state = .sending
        tries += 1
        return step
    }

    /// `luck` is from 0 to 1: those that failed together do not come again together.
    package mutating func ended(_ outcome: Outcome, isLast: Bool = false, luck: Double, now: MonotonicTime) -> Verdict {
        if case .failed(let told) = outcome, tries < Self.mostTries, !isLast {
            let doubled = min(Self.longestPause, Interval(nanoseconds: Self.firstPause.nanoseconds << (tries - 1)))
            let own = Interval(nanoseconds: Int64(Double(doubled.nanoseconds) * (0.5 + luck / 2)))
            state = .pausing(until: now + min(Self.longestPause, max(told ?? .zero, own)))
            return .keep
        }
        state = .gathering
        tries = 0
        return outcome == .delivered ? .done : .drop
    }
}
