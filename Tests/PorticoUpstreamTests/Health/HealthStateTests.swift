// Up and down by tables of passed and failed checks.
import PorticoCore
import Testing

@testable import PorticoUpstream

@Suite struct HealthStateTests {
    /// `+` passes, `-` fails; two to come up, three to go down. The changes, and what it is at the end.
    @Test(arguments: [
        ("", "", TargetHealth.unknown), ("+", "up", .up), ("-", "", .unknown), ("--", "", .unknown),
        ("---", "down", .down),
        ("--+", "up", .up), ("+--+--+--", "up", .up), ("+---", "up down", .down), ("---+", "down", .down),
        ("---+-+-+", "down", .down), ("---++", "down up", .up), ("---+++---++", "down up down up", .up),
        ("++++----", "up down", .down),
    ])
    func followsItsThresholds(checks: String, changes: String, health: TargetHealth) {
        var state = HealthState(healthyThreshold: 2, unhealthyThreshold: 3, interval: .seconds(30))
        var seen: [String] = []
        for mark in checks {
            if let transition = state.record(passed: mark == "+") { seen.append(transition.to.rawValue) }
        }
        #expect(seen.joined(separator: " ") == changes)
        #expect(state.health == health)
    }

    @Test func aChangeNamesWhereItCameFrom() {
        var state = HealthState(healthyThreshold: 1, unhealthyThreshold: 1, interval: .seconds(1))
        #expect(state.record(passed: true) == HealthState.Transition(from: .unknown, to: .up))
        #expect(state.record(passed: false) == HealthState.Transition(from: .up, to: .down))
        #expect(state.record(passed: true) == HealthState.Transition(from: .down, to: .up))
    }

    /// Interval, and the pause while checks contradict the state, in milliseconds.
    @Test(arguments: [(30_000, 3_000), (10_000, 1_000), (1_000, 500), (200, 200)])
    func looksMoreOftenWhileInDoubt(interval: Int, doubtful: Int) {
        var state = HealthState(healthyThreshold: 2, unhealthyThreshold: 2, interval: .milliseconds(interval))
        #expect(state.pause == .milliseconds(interval))
        _ = state.record(passed: true)
        #expect(state.pause == .milliseconds(interval))
        _ = state.record(passed: false)
        #expect(state.pause == .milliseconds(doubtful))
        _ = state.record(passed: false)
        #expect(state.pause == .milliseconds(interval))
        _ = state.record(passed: true)
        #expect(state.pause == .milliseconds(doubtful))
    }

    @Test func jitterTakesAtMostAFifth() {
        #expect(CheckJitter.shorten(.seconds(10), random: 0) == .seconds(10))
        #expect(CheckJitter.shorten(.seconds(10), random: 0.5) == .seconds(9))
        #expect(CheckJitter.shorten(.seconds(10), random: 1) == .seconds(8))
    }
}
