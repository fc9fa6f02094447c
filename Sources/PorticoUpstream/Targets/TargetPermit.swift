// The right to have one request at a target. It ends exactly once: with what the request showed, or, where it is just
// dropped, without a judgement.
package import PorticoCore

package struct TargetPermit: ~Copyable {
    private let state: TargetState
    private var isOpen = true

    package init(_ state: TargetState) {
        self.state = state
        state.began()
    }

    /// `latency`: to the response head, where there was one.
    package consuming func end(_ outcome: RequestOutcome, latency: Interval? = nil, now: MonotonicTime = .now()) {
        isOpen = false
        state.ended(outcome, latency: latency, now: now)
    }

    deinit {
        if isOpen { state.ended(.neutral, latency: nil, now: .now()) }
    }
}
