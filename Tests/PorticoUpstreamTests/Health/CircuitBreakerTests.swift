// The breaker by tables over a clock that only the test moves.
import PorticoConfig
import PorticoCore
import PorticoTesting
import PorticoUpstream
import Testing

/// A breaker whose requests are made at given seconds.
private final class Bench {
    var breaker: CircuitBreaker
    /// The changes so far, as `closed>open consecutive_failures`.
    var changes: [String] = []

    init(_ edit: (inout CircuitBreakerSettings) -> Void = { _ in }) {
        var settings = CircuitBreakerSettings()
        settings.failureThreshold = 3
        settings.minimumRequests = 10
        settings.windowDuration = .seconds(10)
        settings.timeoutDuration = .seconds(5)
        settings.successThreshold = 2
        settings.halfOpenMaxRequests = 1
        edit(&settings)
        breaker = CircuitBreaker(settings)
    }

    static func time(_ seconds: Double) -> MonotonicTime {
        MonotonicTime(nanoseconds: 1_000_000_000_000 + Int64(seconds * 1_000_000_000))
    }

    func admit(_ seconds: Double) -> CircuitBreaker.Admission {
        let (admission, transition) = breaker.admit(Self.time(seconds))
        note(transition)
        return admission
    }

    func record(_ outcome: CircuitBreaker.Outcome, probe: Bool = false, _ seconds: Double) {
        note(breaker.record(outcome, wasProbe: probe, Self.time(seconds)))
    }

    /// A request that is admitted and ends at once. True where it was admitted.
    @discardableResult
    func request(_ outcome: CircuitBreaker.Outcome, _ seconds: Double) -> Bool {
        switch admit(seconds) {
        case .no: return false
        case .yes: record(outcome, seconds)
        case .probe: record(outcome, probe: true, seconds)
        }
        return true
    }

    private func note(_ transition: CircuitBreaker.Transition?) {
        guard let transition else { return }
        changes.append("\(transition.from.name)>\(transition.to.name) \(transition.reason.name)")
    }
}

@Suite struct CircuitBreakerTests {
    /// Requests one a tenth of a second: `.` succeeds, `x` fails, `-` says nothing. What the breaker has become.
    @Test(arguments: [
        ("", "closed"), (".......", "closed"), ("xx", "closed"), ("xxx", "open"), ("xx.xx.xx", "closed"),
        ("xx-x", "open"), ("x-x-x", "open"), ("---", "closed"), ("xx.xx.xxx", "open"),
        // Half of ten, with never three failures in a row.
        ("x.x.x.x.x", "closed"), ("x.x.x.x.x.", "closed"), ("x.x.x.x.x.x", "open"), ("x..x..x..x..x..x..", "closed"),
        ("xx.xx.xx.", "closed"), ("xx.xx.xx.x", "open"),
    ])
    func opensByFailuresInARowOrByTheirShare(outcomes: String, state: String) {
        let bench = Bench()
        for (index, mark) in outcomes.enumerated() {
            bench.request(mark == "." ? .success : mark == "x" ? .failure : .neutral, Double(index) / 10)
        }
        #expect("\(bench.breaker.state.name)" == state)
    }

    @Test func failuresOutsideTheWindowAreForgotten() {
        let bench = Bench { $0.failureThreshold = 100 }
        for index in 0..<9 { bench.request(.failure, Double(index) / 100) }
        // The window has passed over them: nine more are nine, not eighteen.
        for index in 0..<9 { bench.request(.failure, 11 + Double(index) / 100) }
        #expect(bench.breaker.state == .closed)
        bench.request(.failure, 11.5)
        #expect(bench.changes == ["closed>open failure_rate"])
    }

    @Test func openRefusesUntilItsTimeIsOver() {
        let bench = Bench()
        for _ in 0..<3 { bench.request(.failure, 1) }
        for second in [1.0, 3, 5.999] { #expect(bench.admit(second) == .no(retryAt: Bench.time(6))) }
        #expect(bench.breaker.nextAttempt(Bench.time(3)) == Bench.time(6))
        #expect(!bench.breaker.wouldAdmit(Bench.time(5.999)) && bench.breaker.wouldAdmit(Bench.time(6)))
        #expect(bench.admit(6) == .probe)
        #expect(bench.changes == ["closed>open consecutive_failures", "open>half_open timeout_over"])
        #expect(bench.breaker.since == Bench.time(6) && bench.breaker.openings == 1)
    }

    @Test func halfOpenLetsOnlySoManyProbesRunAtATime() {
        let bench = Bench { $0.halfOpenMaxRequests = 2 }
        for _ in 0..<3 { bench.request(.failure, 0) }
        #expect(bench.admit(5) == .probe)
        #expect(bench.admit(5.1) == .probe)
        #expect(bench.admit(5.2) == .no(retryAt: Bench.time(10.1)))
        bench.record(.success, probe: true, 5.3)
        #expect(bench.admit(5.4) == .probe)
        #expect(bench.admit(5.4) != .probe)
    }

    @Test func enoughProbesCloseItAndOneFailureReopensIt() {
        let bench = Bench()
        for _ in 0..<3 { bench.request(.failure, 0) }
        #expect(bench.request(.success, 5))
        #expect(bench.breaker.state == .halfOpen)
        #expect(bench.request(.failure, 5.1))
        #expect(bench.breaker.state == .open(until: Bench.time(10.1)))
        #expect(bench.request(.success, 10.1))
        #expect(bench.request(.success, 10.2))
        #expect(bench.breaker.state == .closed && bench.breaker.openings == 2)
        #expect(
            bench.changes == [
                "closed>open consecutive_failures", "open>half_open timeout_over", "half_open>open probe_failed",
                "open>half_open timeout_over", "half_open>closed probes_succeeded",
            ])
    }

    @Test func aClosedBreakerStartsWithACleanSlate() {
        let bench = Bench()
        for index in 0..<9 { bench.request(index % 2 == 0 ? .failure : .success, 0) }
        for _ in 0..<2 { bench.request(.failure, 0) }
        #expect("\(bench.breaker.state.name)" == "open")
        for _ in 0..<2 { bench.request(.success, 5) }
        for _ in 0..<2 { bench.request(.failure, 5.1) }
        #expect(bench.breaker.state == .closed)
    }

    @Test func aProbeWhoseClientLeftGivesItsSlotBack() {
        let bench = Bench()
        for _ in 0..<3 { bench.request(.failure, 0) }
        #expect(bench.admit(5) == .probe)
        #expect(bench.admit(5) != .probe)
        bench.record(.neutral, probe: true, 5.1)
        #expect(bench.breaker.state == .halfOpen)
        #expect(bench.admit(5.2) == .probe)
    }

    @Test func aProbeThatNeverEndsHoldsUpTheNextNoLongerThanTheTimeout() {
        let bench = Bench()
        for _ in 0..<3 { bench.request(.failure, 0) }
        #expect(bench.admit(5) == .probe)
        #expect(bench.admit(9.9) == .no(retryAt: Bench.time(10)))
        #expect(bench.admit(10) == .probe)
        // The first one ends after all: its success counts, its slot is not given back twice.
        bench.record(.success, probe: true, 10.1)
        bench.record(.success, probe: true, 10.2)
        #expect(bench.breaker.state == .closed)
    }

    @Test func whatWasSentBeforeAChangeDoesNotDecideTheNext() {
        let bench = Bench()
        for _ in 0..<3 { bench.request(.failure, 0) }
        bench.record(.success, 1)
        bench.record(.failure, 2)
        #expect(bench.breaker.state == .open(until: Bench.time(5)))
        #expect(bench.admit(5) == .probe)
        bench.record(.failure, 5.1)
        bench.record(.success, 5.1)
        #expect(bench.breaker.state == .halfOpen)
    }

    /// Whatever happens before: once the target answers well again, the breaker closes within a bounded time.
    @Test func neverGetsStuck() {
        for seed in 0..<300 {
            var random = SplitMix(seed: UInt64(seed))
            let bench = Bench {
                $0.halfOpenMaxRequests = Int.random(in: 1...3, using: &random)
                $0.successThreshold = Int.random(in: 1...4, using: &random)
                $0.failureThreshold = Int.random(in: 1...5, using: &random)
                $0.failureRateThreshold = Double.random(in: 0.1...1, using: &random)
            }
            var running: [Bool] = []
            var clock = 0.0
            for _ in 0..<Int.random(in: 0...400, using: &random) {
                clock += Double.random(in: 0...1, using: &random)
                switch Int.random(in: 0..<10, using: &random) {
                case 0..<5:
                    let admission = bench.admit(clock)
                    if admission == .yes { running.append(false) }
                    if admission == .probe { running.append(true) }
                case 5..<9 where !running.isEmpty:
                    let wasProbe = running.remove(at: Int.random(in: 0..<running.count, using: &random))
                    let outcome: CircuitBreaker.Outcome = [.success, .failure, .failure, .neutral].randomElement(
                        using: &random)!
                    bench.record(outcome, probe: wasProbe, clock)
                // The outcome of one is lost.
                case 9 where !running.isEmpty: running.removeLast()
                default: break
                }
            }
            var steps = 0
            while bench.breaker.state != .closed, steps < 20 {
                clock += 1
                steps += 1
                if let next = bench.breaker.nextAttempt(Bench.time(clock)) {
                    #expect(next > Bench.time(clock) && next <= Bench.time(clock + 5), "seed \(seed)")
                }
                bench.request(.success, clock)
            }
            #expect(bench.breaker.state == .closed, "seed \(seed)")
        }
    }
}
