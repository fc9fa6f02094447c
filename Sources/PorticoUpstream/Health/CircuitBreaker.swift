// The circuit breaker of one target, as a pure value: told of outcomes and of the time, it says who may pass. It knows
// neither locks nor targets nor logs; whoever keeps it tells the changes that it returns.
package import PorticoConfig
package import PorticoCore

package struct CircuitBreaker: Sendable {
    package enum State: Sendable, Equatable {
        case closed
        case open(until: MonotonicTime)
        case halfOpen
    }

    package enum Admission: Sendable, Equatable {
        case yes
        /// One of the few that try a target again. Its outcome must be recorded with `wasProbe`, whatever it is.
        case probe
        case no(retryAt: MonotonicTime)
    }

    package enum Outcome: Sendable {
        case success, failure
        /// Says nothing of the target: the client left, or the request was not sent after all.
        case neutral
    }

    package enum Reason: Sendable {
        case consecutiveFailures, failureRate, probeFailed, timeoutOver, probesSucceeded
    }

    package struct Transition: Sendable {
        package let from: State
        package let to: State
        package let reason: Reason
    }

    package private(set) var state = State.closed
    /// When the state last changed; nil before the first change.
    package private(set) var since: MonotonicTime?
    package private(set) var consecutiveFailures = 0
    /// How often it opened, and how often its state changed at all.
    package private(set) var openings = 0
    package private(set) var changes = 0
    private var window: OutcomeWindow
    /// Probes whose outcome is not known. A probe keeps its slot when its outcome comes only after the state changed, so
    /// that the bound on concurrent probes holds across rounds.
    private var probesInFlight = 0
    private var lastProbe = MonotonicTime(nanoseconds: 0)
    private var probeSuccesses = 0

    private let failureThreshold: Int
    private let failureRate: Double
    private let minimumRequests: Int
    private let timeout: Interval
    private let successThreshold: Int
    private let maxProbes: Int

    package init(_ settings: CircuitBreakerSettings) {
        failureThreshold = settings.failureThreshold
        failureRate = settings.failureRateThreshold
        minimumRequests = settings.minimumRequests
        timeout = Interval(settings.timeoutDuration)
        successThreshold = settings.successThreshold
        maxProbes = settings.halfOpenMaxRequests
        window = OutcomeWindow(length: Interval(settings.windowDuration))
    }

    // MARK: Requests

    /// Whether a request may go to the target now.
    package mutating func admit(_ now: MonotonicTime) -> (admission: Admission, transition: Transition?) {
        let transition = elapse(now)
        switch state {
        case .closed: return (.yes, transition)
        case .open(let until): return (.no(retryAt: until), transition)
        case .halfOpen: return (admitProbe(now), transition)
        }
    }

    /// Moves from open to half-open when its time has come.
    package mutating func elapse(_ now: MonotonicTime) -> Transition? {
        guard case .open(let until) = state, now >= until else { return nil }
        return move(to: .halfOpen, .timeoutOver, now)
    }

    /// What `admit` would say, without taking a slot: for pickers that compare targets first.
    package func wouldAdmit(_ now: MonotonicTime) -> Bool {
        switch state {
        case .closed: true
        case .open(let until): now >= until && (probesInFlight < maxProbes || isSlotLost(now))
        case .halfOpen: probesInFlight < maxProbes || isSlotLost(now)
        }
    }

    /// When the next request may pass, for `Retry-After`; nil where one may pass now.
    package func nextAttempt(_ now: MonotonicTime) -> MonotonicTime? {
        if wouldAdmit(now) { return nil }
        if case .open(let until) = state, until > now { return until }
        return lastProbe + timeout
    }

    private mutating func admitProbe(_ now: MonotonicTime) -> Admission {
        if probesInFlight >= maxProbes {
            guard isSlotLost(now) else { return .no(retryAt: lastProbe + timeout) }
            probesInFlight -= 1
        }
        probesInFlight += 1
        lastProbe = now
        return .probe
    }

    /// A probe that runs for longer than the breaker would stay open (a stream, or one whose outcome never comes) does not
    /// hold up the next.
    private func isSlotLost(_ now: MonotonicTime) -> Bool { now - lastProbe >= timeout }

    /// Takes the outcome of a request that was admitted.
    package mutating func record(_ outcome: Outcome, wasProbe: Bool, _ now: MonotonicTime) -> Transition? {
        if wasProbe { probesInFlight = max(0, probesInFlight - 1) }
        switch state {
        case .closed: return recordClosed(outcome, now)
        case .halfOpen where wasProbe: return recordProbe(outcome, now)
        // Sent before the state changed: it tells of the past.
        case .halfOpen, .open: return nil
        }
    }

    private mutating func recordClosed(_ outcome: Outcome, _ now: MonotonicTime) -> Transition? {
        switch outcome {
        case .neutral: return nil
        case .success:
            consecutiveFailures = 0
            window.add(isFailure: false, now)
            return nil
        case .failure:
            consecutiveFailures += 1
            window.add(isFailure: true, now)
            if consecutiveFailures >= failureThreshold { return open(.consecutiveFailures, now) }
            return isRateExceeded ? open(.failureRate, now) : nil
        }
    }

    private var isRateExceeded: Bool {
        let total = window.total
        return total >= minimumRequests && Double(window.failures) >= failureRate * Double(total)
    }

    private mutating func recordProbe(_ outcome: Outcome, _ now: MonotonicTime) -> Transition? {
        switch outcome {
        case .neutral: return nil
        case .failure: return open(.probeFailed, now)
        case .success:
            probeSuccesses += 1
            return probeSuccesses >= successThreshold ? move(to: .closed, .probesSucceeded, now) : nil
        }
    }

    // MARK: Changes

    private mutating func open(_ reason: Reason, _ now: MonotonicTime) -> Transition {
        openings += 1
        return move(to: .open(until: now + timeout), reason, now)
    }

    private mutating func move(to next: State, _ reason: Reason, _ now: MonotonicTime) -> Transition {
        let transition = Transition(from: state, to: next, reason: reason)
        state = next
        since = now
        changes += 1
        probeSuccesses = 0
        if next == .closed { consecutiveFailures = 0 }
        if next != .halfOpen { window.clear() }
        return transition
    }
}

extension CircuitBreaker.State {
    /// The name in logs and answers.
    package var name: StaticString {
        switch self {
        case .closed: "closed"
        case .open: "open"
        case .halfOpen: "half_open"
        }
    }
}

extension CircuitBreaker.Reason {
    package var name: StaticString {
        switch self {
        case .consecutiveFailures: "consecutive_failures"
        case .failureRate: "failure_rate"
        case .probeFailed: "probe_failed"
        case .timeoutOver: "timeout_over"
        case .probesSucceeded: "probes_succeeded"
        }
    }
}
