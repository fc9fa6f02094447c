// A change of a target's mode, health or breaker, or a failure of it, for those who log it, count it or set a clock by it.
package import PorticoCore

package struct TargetEvent: Sendable {
    package enum Kind: Sendable { case mode, health, breaker, failure }

    package let state: TargetState
    package let kind: Kind
    /// Empty for failures, which change nothing by themselves.
    package let from: String
    package let to: String
    package let reason: String
    /// When an opened breaker lets requests try again.
    package var retryAt: MonotonicTime?

    init(_ state: TargetState, _ kind: Kind, from: String, to: String, reason: String) {
        self.state = state
        self.kind = kind
        self.from = from
        self.to = to
        self.reason = reason
    }
}
