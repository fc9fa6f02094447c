// What is kept of a target across loops and reloads.
import PorticoConfig
import PorticoCore
import PorticoUpstream
import Synchronization
import Testing

@Suite struct TargetStateTests {
    private let settings = TargetSettings(id: "a", host: "a.example", port: 80)

    private func state(_ registry: TargetRegistry = TargetRegistry()) -> TargetState { state(registry, settings) }

    private func state(_ registry: TargetRegistry, _ settings: TargetSettings) -> TargetState {
        let state = registry.state(of: settings, route: "/api/*")
        state.configure(settings, slowStart: nil)
        return state
    }

    @Test func `a permit ends once, whatever becomes of it`() {
        let state = state()
        let outcomes: [RequestOutcome?] = [
            .success, .failure(.connectionReset, account: "lost"), .failedAnswer(status: 503), .neutral, nil,
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
            (
                RequestOutcome(PorticoError(.headTimeout, side: .upstream)),
                .failure(.headTimeout, account: "head_timeout")
            ),
            (
                RequestOutcome(PorticoError(.tlsFailed, side: .upstream, cause: "it expired")),
                .failure(.tlsFailed, account: "tls_failed: it expired")
            ),
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

    @Test func `listeners hear of each target that departs, until they are removed`() {
        let state = state()
        let heard = Mutex<[String]>([])
        let number = state.group.onDeparture { state, departure in
            heard.withLock { $0.append("\(state.identity.id) \(departure)") }
        }
        state.setHealth(.down)
        state.setHealth(.down)
        state.setHealth(.up)
        state.setHealth(.down)
        state.setMode(.draining)
        state.setMode(.draining)
        state.setMode(.disabled)
        #expect(heard.withLock { $0 } == ["a down", "a down", "a draining"])
        state.group.removeListener(number)
        state.setHealth(.up)
        state.setHealth(.down)
        #expect(heard.withLock { $0 }.count == 3)
    }

    @Test func `every change is told and counted, whatever changed`() {
        let told = Mutex<[String]>([])
        let registry = TargetRegistry { event in
            told.withLock { $0.append("\(event.kind): \(event.from) to \(event.to), \(event.reason)") }
        }
        let state = state(registry)
        for mode in [TargetState.Mode.draining, .draining, .disabled, .enabled] { state.setMode(mode) }
        state.setHealth(.down, because: "timed out")
        state.setHealth(.down, because: "timed out")
        state.setHealth(.up, because: "checks passed")
        var breaker = CircuitBreakerSettings()
        breaker.failureThreshold = 1
        breaker.successThreshold = 1
        breaker.timeoutDuration = .seconds(1)
        state.setBreaker(breaker)
        let now = MonotonicTime.now()
        state.judge(.failedAnswer(status: 500), latency: nil, now: now)
        state.breakerMayProbe(now + .seconds(2))
        state.admit(index: 0, luck: nil, now: now + .seconds(2))?.end(.success, now: now + .seconds(2))
        var disabled = settings
        disabled.enabled = false
        _ = self.state(registry, disabled)
        #expect(
            told.withLock { $0 } == [
                "mode: enabled to draining, operator", "mode: draining to disabled, operator",
                "mode: disabled to enabled, operator",
                "health: unknown to down, timed out", "health: down to up, checks passed",
                "breaker: closed to open, consecutive_failures", "breaker: open to half_open, timeout_over",
                "breaker: half_open to closed, probes_succeeded", "mode: enabled to disabled, configuration",
            ])
        let status = state.status()
        #expect(status.modeChanges == 4 && status.healthChanges == 2)
        #expect(status.breaker?.openings == 1 && status.breaker?.changes == 3)
    }

    @Test func `failures without an answer are told with their cause, now and then`() {
        let told = Mutex<[String]>([])
        let registry = TargetRegistry { event in told.withLock { $0.append("\(event.kind): \(event.reason)") } }
        let state = state(registry)
        let now = MonotonicTime.now()
        let refused = RequestOutcome(PorticoError(.connectRefused, side: .upstream, cause: "connection refused"))
        for second in 0..<15 {
            state.judge(refused, latency: nil, now: now + .seconds(second))
            state.judge(.failedAnswer(status: 500), latency: nil, now: now + .seconds(second))
        }
        let line = "failure: connect_refused: connection refused"
        #expect(told.withLock { $0 } == [line, line])
        #expect(state.status().failures == 30)
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
        #expect(state(registry, disabled).mode == .disabled)
        first.setMode(.enabled)
        #expect(state(registry, disabled).mode == .enabled)
        #expect(state(registry).mode == .enabled)
    }
}
