// The one that looks after targets for the whole process: a health checker for each that wants one, and the clock of open
// breakers. All on one event loop; what it finds out goes into each `TargetState`.
import NIOCore
import PorticoConfig
package import PorticoCore
import PorticoHTTP
package import PorticoTransport
import Synchronization

/// A target as the watch needs to know it.
package struct WatchedTarget: Sendable {
    package let state: TargetState
    /// Nil: not checked.
    package let plan: HealthCheckPlan?
    /// A way to the target for checks alone.
    package let makePool: @Sendable (TransportLoop) -> UpstreamPool

    package init(
        state: TargetState, plan: HealthCheckPlan?, makePool: @escaping @Sendable (TransportLoop) -> UpstreamPool
    ) {
        self.state = state
        self.plan = plan
        self.makePool = makePool
    }
}

// SAFETY: `checkers` and `isStopped` are used on `eventLoop` only.
package final class TargetWatch: @unchecked Sendable {
    private let eventLoop: TransportLoop
    private var checkers: [TargetIdentity: HealthChecker] = [:]
    private var isStopped = false

    package init(eventLoop: TransportLoop) { self.eventLoop = eventLoop }

    /// Takes the place of what was watched before. A target whose plan is unchanged goes on without a check anew; one
    /// that is no longer checked is unknown again.
    package func watch(_ targets: [WatchedTarget]) {
        eventLoop.execute { self.replace(targets) }
    }

    package func stop() {
        eventLoop.execute {
            self.isStopped = true
            for checker in self.checkers.values { checker.stop() }
            self.checkers = [:]
        }
    }

    /// A breaker opened: when its time is over, requests may try its target again.
    package func noteOpened(_ state: TargetState, until: MonotonicTime) {
        let wait = TimeAmount.nanoseconds(max(0, (until - .now()).nanoseconds))
        eventLoop.scheduleTask(in: wait) { state.breakerMayProbe() }
    }

    private func replace(_ targets: [WatchedTarget]) {
        guard !isStopped else { return }
        var kept: [TargetIdentity: HealthChecker] = [:]
        var seen: Set<TargetIdentity> = []
        // Of two routes that match the same, the second one's targets are the first one's.
        for target in targets where seen.insert(target.state.identity).inserted {
            guard let plan = target.plan else {
                target.state.setHealth(.unknown, because: "not checked")
                continue
            }
            if let checker = checkers.removeValue(forKey: target.state.identity) {
                if checker.plan == plan {
                    checker.use(target.makePool(eventLoop))
                    kept[target.state.identity] = checker
                    continue
                }
                checker.stop()
            }
            let checker = HealthChecker(target.state, plan, eventLoop: eventLoop, pool: target.makePool(eventLoop))
            kept[target.state.identity] = checker
            checker.start()
        }
        for checker in checkers.values { checker.stop() }
        checkers = kept
    }
}

/// Checks one target again and again. Confined to the watch's event loop.
final class HealthChecker {
    let plan: HealthCheckPlan
    private let state: TargetState
    private let eventLoop: TransportLoop
    private var pool: UpstreamPool
    private var verdicts: HealthState
    private var probe: HealthProbe?
    private var next: Scheduled<Void>?

    init(_ state: TargetState, _ plan: HealthCheckPlan, eventLoop: TransportLoop, pool: UpstreamPool) {
        self.state = state
        self.plan = plan
        self.eventLoop = eventLoop
        self.pool = pool
        verdicts = HealthState(
            healthyThreshold: plan.healthyThreshold, unhealthyThreshold: plan.unhealthyThreshold,
            interval: plan.interval, health: state.health)
    }

    /// The first check comes at once, within a tenth of the interval and half a second, so that many do not start in step.
    func start() {
        let spread = min(plan.interval.nanoseconds / 10, Interval.milliseconds(500).nanoseconds)
        schedule(in: Interval(nanoseconds: Int64.random(in: 0...max(0, spread))))
    }

    func stop() {
        next?.cancel()
        next = nil
        probe?.cancel()
        // Not the one that the next check would use, where that has changed meanwhile.
        probe?.pool.closeIdle()
        probe = nil
        pool.closeIdle()
    }

    /// From the next check on: the way there may have changed where the check has not, its certificates for one.
    func use(_ pool: UpstreamPool) { self.pool = pool }

    private func schedule(in pause: Interval) {
        next = eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(pause.nanoseconds)) { self.check() }
    }

    private func check() {
        pool.tick(.now())
        // Each check shows anew that the target takes connections.
        pool.closeIdle()
        let probe = HealthProbe(plan, pool: pool) { [pool] fault in
            pool.closeIdle()
            self.checked(fault)
        }
        self.probe = probe
        probe.start()
    }

    private func checked(_ fault: String?) {
        probe = nil
        state.noteCheck(fault)
        if let change = verdicts.record(passed: fault == nil) {
            state.setHealth(change.to, because: fault ?? "checks passed")
        }
        schedule(in: CheckJitter.shorten(verdicts.pause, random: Double.random(in: 0...1)))
    }
}
