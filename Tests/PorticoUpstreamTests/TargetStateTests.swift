// What is kept of a target across loops and reloads.
import PorticoConfig
import PorticoCore
import PorticoUpstream
import Synchronization
import Testing

@Suite struct TargetStateTests {
    private let settings = TargetSettings(id: "a", host: "a.example", port: 80)

    private func state(_ registry: TargetRegistry = TargetRegistry()) -> TargetState {
        registry.state(of: settings, route: "/api/*")
    }

    @Test func `a permit ends once, whatever becomes of it`() {
        let state = state()
        let outcomes: [RequestOutcome?] = [
            .success, .failure(.connectionReset), .failedAnswer(status: 503), .neutral, nil,
        ]
        for outcome in outcomes {
            let permit = TargetPermit(state, index: 0)
            #expect(state.inFlight == 1)
            if let outcome { permit.end(outcome, latency: .milliseconds(8)) } else { _ = consume permit }
            #expect(state.inFlight == 0, "\(String(describing: outcome))")
        }
        let status = state.status()
        #expect(status.successes == 1 && status.failures == 2)
        #expect(status.lastError == "status 503")
        #expect(status.latency == .milliseconds(8))
    }

    @Test func `an outcome is judged by this table`() {
        let rows: [(RequestOutcome, RequestOutcome)] = [
            (RequestOutcome(status: 200), .success), (RequestOutcome(status: 404), .success),
            (RequestOutcome(status: 429), .success), (RequestOutcome(status: 101), .success),
            (RequestOutcome(status: 500), .failedAnswer(status: 500)),
            (RequestOutcome(PorticoError(.headTimeout, side: .upstream)), .failure(.headTimeout)),
            (RequestOutcome(PorticoError(.clientGone, side: .client)), .neutral),
            (RequestOutcome(PorticoError(.noTarget, side: .internal)), .neutral),
        ]
        for (outcome, expected) in rows { #expect(outcome == expected) }
    }

    @Test func `each change of standing is seen, and only changes are`() {
        let state = state()
        let start = state.group.changes
        state.setHealth(.up)
        #expect(state.group.changes == start && state.standing == [])
        state.setHealth(.down)
        state.setHealth(.down)
        #expect(state.group.changes == start + 1 && state.standing == .down)
        state.setMode(.draining)
        #expect(state.standing == [.down, .draining])
        state.setMode(.disabled)
        #expect(state.standing == [.down, .disabled])
        state.setHealth(.up)
        state.setMode(.enabled)
        #expect(state.standing == [] && state.health == .up && state.mode == .enabled)
    }

    @Test func `listeners hear of each target that is marked down, until they are removed`() {
        let state = state()
        let heard = Mutex<[String]>([])
        let number = state.group.onDown { state in heard.withLock { $0.append(state.identity.id) } }
        state.setHealth(.down)
        state.setHealth(.down)
        state.setHealth(.up)
        state.setHealth(.down)
        #expect(heard.withLock { $0 } == ["a", "a"])
        state.group.removeListener(number)
        state.setHealth(.up)
        state.setHealth(.down)
        #expect(heard.withLock { $0 }.count == 2)
    }

    @Test func `a state outlives its configuration where its identity stays`() {
        let registry = TargetRegistry()
        let first = state(registry)
        first.setHealth(.down)
        #expect(state(registry) === first)
        #expect(registry.state(of: settings, route: "/other") !== first)
        var moved = settings
        moved.port = 81
        #expect(registry.state(of: moved, route: "/api/*") !== first)
        registry.keep(only: [first])
        #expect(registry.all.count == 1)
        #expect(state(registry) === first && first.health == .down)
    }

    @Test func `an operator's word holds until the configuration changes its own`() {
        let registry = TargetRegistry()
        let first = state(registry)
        first.setMode(.draining)
        #expect(state(registry).mode == .draining)
        var disabled = settings
        disabled.enabled = false
        #expect(registry.state(of: disabled, route: "/api/*").mode == .disabled)
        first.setMode(.enabled)
        #expect(registry.state(of: disabled, route: "/api/*").mode == .enabled)
        #expect(state(registry).mode == .enabled)
    }
}
