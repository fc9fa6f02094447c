// What is known of one backend while the process lives: whether it may take requests, how many it has, how they went. One
// per backend identity, shared by all event loops, kept across reloads by `TargetRegistry`. It picks nothing and checks
// nothing itself. The path of a request touches relaxed counters only; what is rare lies behind a lock.
package import PorticoConfig
package import PorticoCore
import Synchronization

/// Whom a state belongs to: a changed route or URL is another backend.
package struct TargetIdentity: Hashable, Sendable {
    package let route: String
    package let id: String
    package let url: String
}

package final class TargetState: Sendable {
    package enum Mode: String, Sendable { case enabled, disabled, draining }
    package typealias Health = TargetHealth

    /// What rarely changes.
    private struct Story {
        var configuredEnabled: Bool
        var mode: Mode
        var health = Health.unknown
        var since: MonotonicTime
        var lastError: String?
        var lastErrorAt: MonotonicTime?
        var toldOfFailureAt: MonotonicTime?
        var modeChanges = 0
        var healthChanges = 0
        var checks = 0
        var lastCheckFailure: String?
    }

    /// Behind a lock of its own: requests end often.
    struct Guard {
        var settings: CircuitBreakerSettings?
        var breaker: CircuitBreaker?
    }

    // What each request touches comes first: it lies together.
    /// What the targets of a route share.
    package let group: TargetGroup
    private let bits: Atomic<UInt8>
    /// Whether there is a breaker to tell.
    let isGuarded = Atomic(false)
    private let running = Atomic<Int>(0)
    private let successes = Atomic<Int>(0)
    private let mean = Atomic<Int64>(0)
    private let answeredAt = Atomic<Int64>(0)
    /// Requests at once; 0 is no limit.
    private let limit = Atomic<Int>(0)
    let breaker = Mutex(Guard())

    package let identity: TargetIdentity
    private let failures = Atomic<Int>(0)
    private let story: Mutex<Story>
    let suspicion = Mutex(Suspicion())
    let witnesses = Mutex<[Int: Witnesses]>([:])
    /// In nanoseconds: how long it warms up, and since when it may take requests again.
    let slowStart = Atomic<Int64>(0)
    let upSince = Atomic<Int64>(0)

    init(_ identity: TargetIdentity, group: TargetGroup, isEnabled: Bool, now: MonotonicTime = .now()) {
        self.identity = identity
        self.group = group
        bits = Atomic(isEnabled ? 0 : Standing.disabled.rawValue)
        story = Mutex(Story(configuredEnabled: isEnabled, mode: isEnabled ? .enabled : .disabled, since: now))
    }

    // MARK: Requests

    package var standing: Standing { Standing(rawValue: bits.load(ordering: .relaxed)) }

    /// Requests that it has now, upgraded connections included.
    package var inFlight: Int { running.load(ordering: .relaxed) }

    /// Its usual time to a response head: an exponentially weighted mean. Zero where there is none yet.
    package var latency: Interval { Interval(nanoseconds: mean.load(ordering: .relaxed)) }

    /// When it last answered anything, on whatever loop; before that, the clock's zero.
    package var lastAnswer: MonotonicTime { MonotonicTime(nanoseconds: answeredAt.load(ordering: .relaxed)) }

    package func answered(_ now: MonotonicTime) { answeredAt.store(now.nanoseconds, ordering: .relaxed) }

    package var isFull: Bool {
        let limit = limit.load(ordering: .relaxed)
        return limit > 0 && inFlight >= limit
    }

    /// A request is on its way to it. To be followed by exactly one `ended`: `TargetPermit` sees to that.
    func began() { running.wrappingAdd(1, ordering: .relaxed) }

    /// As `began`, unless it has as many requests as it may.
    func beginIfRoom() -> Bool {
        let limit = limit.load(ordering: .relaxed)
        guard limit > 0 else {
            began()
            return true
        }
        // In one order with `ended`: see `TargetGroup.join`.
        guard running.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue <= limit else {
            running.wrappingSubtract(1, ordering: .sequentiallyConsistent)
            return false
        }
        return true
    }

    /// `latency`: to the response head, where there was one.
    package func ended(_ outcome: RequestOutcome, latency: Interval?, wasProbe: Bool = false, now: MonotonicTime) {
        judge(outcome, latency: latency, wasProbe: wasProbe, now: now)
        running.wrappingSubtract(1, ordering: .sequentiallyConsistent)
        if group.hasWaiting { group.madeRoom(at: self) }
    }

    /// Counts what a request showed, be it still running or not.
    package func judge(_ outcome: RequestOutcome, latency: Interval?, wasProbe: Bool = false, now: MonotonicTime) {
        if isGuarded.load(ordering: .relaxed) { record(outcome, wasProbe: wasProbe, now) }
        if let latency { observe(latency) }
        switch outcome {
        case .success: successes.wrappingAdd(1, ordering: .relaxed)
        case .failure(_, let account): failed(account, isToldOf: true, now)
        case .failedAnswer(let status): failed("status \(status)", isToldOf: false, now)
        case .neutral: break
        }
    }

    /// Loops may overwrite each other here: a sample lost does not matter.
    private func observe(_ latency: Interval) {
        let old = mean.load(ordering: .relaxed)
        let sample = max(1, latency.nanoseconds)
        mean.store(old == 0 ? sample : old + (sample - old) / 8, ordering: .relaxed)
    }

    /// A failure without an answer is told, but a target that fails often does not fill the log.
    private func failed(_ error: String, isToldOf: Bool, _ now: MonotonicTime) {
        failures.wrappingAdd(1, ordering: .relaxed)
        let isNews = story.withLock { story in
            story.lastError = error
            story.lastErrorAt = now
            guard isToldOf, story.toldOfFailureAt.map({ now - $0 >= Self.silence }) ?? true else { return false }
            story.toldOfFailureAt = now
            return true
        }
        if isNews { group.tell(TargetEvent(self, .failure, from: "", to: "", reason: error)) }
    }

    /// Between two lines about failures of one target.
    package static let silence = Interval.seconds(10)

    // MARK: Standing

    /// Sets and clears bits; the loops look again at whom they may pick where anything changed.
    package func change(set: Standing = [], clear: Standing = []) {
        let old = bits.load(ordering: .relaxed)
        guard old & clear.rawValue != 0 || ~old & set.rawValue != 0 else { return }
        bits.bitwiseAnd(~clear.rawValue, ordering: .relaxed)
        bits.bitwiseOr(set.rawValue, ordering: .releasing)
        let isUp = !Standing(rawValue: old).isDisjoint(with: .barred) && standing.isDisjoint(with: .barred)
        if isUp { cameUp() }
        group.noteChange()
    }

    /// From now on it may take requests: a few at first, where it is to start slowly.
    private func cameUp() {
        guard slowStart.load(ordering: .relaxed) > 0 else { return }
        upSince.store(MonotonicTime.now().nanoseconds, ordering: .relaxed)
        bits.bitwiseOr(Standing.warming.rawValue, ordering: .relaxed)
    }

    package var mode: Mode { story.withLock { $0.mode } }

    /// An operator's word.
    package func setMode(_ mode: Mode, because reason: String = "operator", now: MonotonicTime = .now()) {
        let old = story.withLock { story in
            defer { story.mode = mode }
            if story.mode != mode {
                story.since = now
                story.modeChanges += 1
            }
            return story.mode
        }
        switch mode {
        case .enabled: change(clear: [.disabled, .draining])
        case .disabled: change(set: .disabled, clear: .draining)
        case .draining: change(set: .draining, clear: .disabled)
        }
        guard old != mode else { return }
        if mode == .draining { group.tell(.draining, of: self) }
        group.tell(TargetEvent(self, .mode, from: old.rawValue, to: mode.rawValue, reason: reason))
    }

    /// A configuration is loaded: what it changed about `enabled` holds, else the operator's last word does.
    package func configure(_ settings: TargetSettings, slowStart: Duration?, now: MonotonicTime = .now()) {
        let isEnabled = settings.enabled
        limit.store(settings.maxConnections, ordering: .relaxed)
        self.slowStart.store(slowStart?.wholeNanoseconds ?? 0, ordering: .relaxed)
        let isChanged = story.withLock { story in
            defer { story.configuredEnabled = isEnabled }
            return story.configuredEnabled != isEnabled
        }
        if isChanged { setMode(isEnabled ? .enabled : .disabled, because: "configuration", now: now) }
    }

    package var health: Health { story.withLock { $0.health } }

    /// The health check's word. On `down` every loop moves what still waits for it.
    package func setHealth(_ health: Health, because reason: String = "", now: MonotonicTime = .now()) {
        let old: Health? = story.withLock { story in
            guard story.health != health else { return nil }
            defer { story.health = health }
            story.since = now
            story.healthChanges += 1
            return story.health
        }
        guard let old else { return }
        if health == .down {
            change(set: .down)
            group.tell(.down, of: self)
        } else {
            change(clear: .down)
            // What it did before it was down says nothing any more.
            trust()
        }
        group.tell(TargetEvent(self, .health, from: old.rawValue, to: health.rawValue, reason: reason))
    }

    /// What a check said last, whether it changed anything or not; nil after one that passed.
    package func noteCheck(_ failure: String?) {
        story.withLock {
            $0.checks += 1
            $0.lastCheckFailure = failure
        }
    }

    package func status() -> TargetStatus {
        let story = story.withLock { $0 }
        let breaker = breaker.withLock { $0.breaker }
        return TargetStatus(
            identity: identity, mode: story.mode, health: story.health, standing: standing, since: story.since,
            inFlight: inFlight, successes: successes.load(ordering: .relaxed),
            failures: failures.load(ordering: .relaxed), latency: latency, lastError: story.lastError,
            lastErrorAt: story.lastErrorAt, breaker: breaker, modeChanges: story.modeChanges,
            healthChanges: story.healthChanges,
            checks: story.checks, lastCheckFailure: story.lastCheckFailure)
    }
}
