// The shape of a balancing policy: who is next, among those that may take a request. Pure values: who may take one is
// decided before (`TargetChooser`), and what is known of the targets' load is told, not looked up.
import PorticoCore

/// What a policy may know of a target.
package struct TargetLoad: Sendable {
    /// At least 1.
    package let weight: Int
    /// Requests that it has, as far as this event loop knows.
    package var inFlight = 0
    package var latency = DecayingMean()

    package init(weight: Int) { self.weight = weight }
}

/// One per event loop and route, made anew whenever the set of targets that may take requests changes: `slots` number
/// that set from 0.
package protocol BalancingPolicy {
    /// The slot of the next request. Never called without a slot.
    mutating func pick() -> Int
    /// The slot of the request after it, where that is known already.
    var upcoming: Int? { get }
    /// A request began or ended at the slot.
    mutating func loadChanged(_ slot: Int, _ load: TargetLoad)
}

extension BalancingPolicy {
    package var upcoming: Int? { nil }
    package mutating func loadChanged(_ slot: Int, _ load: TargetLoad) {}
}
