// The right to have one request at a target. It ends exactly once: with what the request showed, or, where it is just
// dropped, without a judgement.
package import PorticoCore

package struct TargetPermit: ~Copyable {
    private let state: TargetState
    /// Its place among its route's targets.
    package let index: Int
    private var isOpen = true
    /// Whether it holds one of the slots of a half-open breaker.
    private var isProbe: Bool

    package init(_ state: TargetState, index: Int) {
        state.began()
        self.init(begun: state, index: index)
    }

    /// For a request that the state counts already.
    init(begun state: TargetState, index: Int, isProbe: Bool = false) {
        self.state = state
        self.index = index
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
