// How a target's state and its circuit breaker go together: outcomes go in, bits of its standing and events come out.
package import PorticoConfig
package import PorticoCore
package import PorticoHTTP
import Synchronization

extension TargetState {
    /// A configuration is loaded: a breaker whose settings are as before goes on, another starts closed.
    package func setBreaker(_ settings: CircuitBreakerSettings?) {
        let settings = settings?.enabled == true ? settings : nil
        let isNew = breaker.withLock { kept in
            guard kept.settings != settings else { return false }
            kept = Guard(settings: settings, breaker: settings.map(CircuitBreaker.init))
            return true
        }
        guard isNew else { return }
        isGuarded.store(settings != nil, ordering: .relaxed)
        change(clear: [.open, .probing])
    }

    func record(_ outcome: RequestOutcome, wasProbe: Bool, _ now: MonotonicTime) {
        let verdict: CircuitBreaker.Outcome =
            outcome.isFailure ? .failure : outcome == .success ? .success : .neutral
        let transition = breaker.withLock { kept in
            let transition = kept.breaker?.record(verdict, wasProbe: wasProbe, now)
            if let transition { reflect(transition) }
            return transition
        }
        tell(transition)
    }

    /// Whether a request may go to it now, and whether that tries it out. For a target whose `standing` is `probing`.
    func admit(_ now: MonotonicTime) -> CircuitBreaker.Admission {
        guard isGuarded.load(ordering: .relaxed) else { return .yes }
        let (admission, transition) = breaker.withLock {
            kept -> (CircuitBreaker.Admission, CircuitBreaker.Transition?) in
            guard let (admission, transition) = kept.breaker?.admit(now) else { return (.yes, nil) }
            if let transition { reflect(transition) }
            return (admission, transition)
        }
        tell(transition)
        return admission
    }

    /// What a request's access line says of the breaker; takes no lock.
    package var breakerStanding: BreakerStanding {
        guard isGuarded.load(ordering: .relaxed) else { return .none }
        let standing = standing
        return standing.contains(.open) ? .open : standing.contains(.probing) ? .halfOpen : .closed
    }

    /// Whether its breaker would let a request pass now.
    package func wouldAdmit(_ now: MonotonicTime) -> Bool {
        guard isGuarded.load(ordering: .relaxed) else { return true }
        return breaker.withLock { $0.breaker?.wouldAdmit(now) ?? true }
    }

    /// When its breaker lets the next request pass; nil where it does so now.
    package func nextAttempt(_ now: MonotonicTime) -> MonotonicTime? {
        guard isGuarded.load(ordering: .relaxed) else { return nil }
        return breaker.withLock { $0.breaker?.nextAttempt(now) }
    }

    /// The time of an open breaker may be over: whoever watches the clock says so.
    package func breakerMayProbe(_ now: MonotonicTime = .now()) {
        let transition = breaker.withLock { kept in
            let transition = kept.breaker?.elapse(now)
            if let transition { reflect(transition) }
            return transition
        }
        tell(transition)
    }

    /// The bits follow the breaker, under its lock: two changes cannot be reflected in the wrong order.
    private func reflect(_ transition: CircuitBreaker.Transition) {
        switch transition.to {
        case .closed: change(clear: [.open, .probing])
        case .open: change(set: .open, clear: .probing)
        case .halfOpen: change(set: .probing, clear: .open)
        }
    }

    private func tell(_ transition: CircuitBreaker.Transition?) {
        guard let transition else { return }
        var event = TargetEvent(
            self, .breaker, from: transition.from.name.description, to: transition.to.name.description,
            reason: transition.reason.name.description)
        if case .open(let until) = transition.to { event.retryAt = until }
        group.tell(event)
    }
}
