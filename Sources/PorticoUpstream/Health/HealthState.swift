// What a row of health checks says of a target, as a pure value: when it counts as up or down, and how soon to look
// again. It knows neither sockets nor timers.
package import PorticoCore

/// A target nobody has judged yet is `unknown` and gets requests: a start does not wait for checks.
package enum TargetHealth: String, Sendable {
    case unknown, up, down
}

package struct HealthState: Sendable {
    package struct Transition: Sendable, Equatable {
        package let from: TargetHealth
        package let to: TargetHealth
    }

    package private(set) var health: TargetHealth
    /// Checks in a row that speak against the present state.
    package private(set) var contradictions = 0
    private let healthyThreshold: Int
    private let unhealthyThreshold: Int
    private let interval: Interval

    package init(
        healthyThreshold: Int, unhealthyThreshold: Int, interval: Interval, health: TargetHealth = .unknown
    ) {
        self.health = health
        self.healthyThreshold = healthyThreshold
        self.unhealthyThreshold = unhealthyThreshold
        self.interval = interval
    }

    /// Takes the outcome of a check. Of an unknown target one passed check is enough: nothing speaks against it.
    package mutating func record(passed: Bool) -> Transition? {
        let threshold =
            switch (health, passed) {
            case (.up, true), (.down, false): Int.max
            case (.unknown, true): 1
            case (.down, true): healthyThreshold
            case (.unknown, false), (.up, false): unhealthyThreshold
            }
        contradictions = threshold == .max ? 0 : contradictions + 1
        guard contradictions >= threshold else { return nil }
        let transition = Transition(from: health, to: passed ? .up : .down)
        health = transition.to
        contradictions = 0
        return transition
    }

    /// The time to the next check. While checks contradict the present state they come ten times as fast, at most twice
    /// a second: thresholds guard against flapping, not against knowing soon.
    package var pause: Interval {
        guard contradictions > 0 else { return interval }
        let fast = Interval(nanoseconds: max(interval.nanoseconds / 10, Interval.milliseconds(500).nanoseconds))
        return min(interval, fast)
    }
}

/// Spreads checks so that many targets, or many gateways, are not checked in step.
package enum CheckJitter {
    /// `pause` less up to a fifth; `random` is from 0 to 1.
    package static func shorten(_ pause: Interval, random: Double) -> Interval {
        Interval(nanoseconds: pause.nanoseconds - Int64(Double(pause.nanoseconds) * 0.2 * min(1, max(0, random))))
    }
}
