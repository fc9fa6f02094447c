// The right to have one request at a target. It ends exactly once: with what the request showed, or, where it is just
// dropped, without a judgement.
package import PorticoCore

package struct TargetPermit: ~Copyable {
    private let state: TargetState
    private var isOpen = true
    /// Whether it holds one of the slots of a half-open breaker.
    private var isProbe = false

    package init(_ state: TargetState) {
        self.state = state
        state.began()
    }

    /// Nil where the target's breaker lets no further request try it.
    package static func ask(_ state: TargetState, now: MonotonicTime) -> TargetPermit? {
        guard !state.standing.isDisjoint(with: [.open, .probing]) else { return TargetPermit(state) }
        switch state.admit(now) {
        case .yes: return TargetPermit(state)
        case .probe: return TargetPermit(state, isProbe: true)
        case .no: return nil
        }
    }

    private init(_ state: TargetState, isProbe: Bool) {
        self.init(state)
        self.isProbe = isProbe
    }

    /// Says what the request showed while it goes on: a stream whose handshake worked holds up no probes.
    package mutating func judge(_ outcome: RequestOutcome, latency: Interval? = nil, now: MonotonicTime = .now()) {
        state.judge(outcome, latency: latency, wasProbe: isProbe, now: now)
        isProbe = false
    }

    /// `latency`: to the response head, where there was one.
    package consuming func end(_ outcome: RequestOutcome, latency: Interval? = nil, now: MonotonicTime = .now()) {
        isOpen = false
        state.ended(outcome, latency: latency, wasProbe: isProbe, now: now)
    }

    deinit {
        if isOpen { state.ended(.neutral, latency: nil, wasProbe: isProbe, now: .now()) }
    }
}
