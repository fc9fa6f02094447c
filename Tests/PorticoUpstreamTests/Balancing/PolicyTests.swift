// How the policies share requests out: exact counts where they go by turns, chi-square where they go by chance.
import PorticoCore
import Testing

@testable import PorticoUpstream

/// How often each slot was picked.
func counts(_ policy: inout some BalancingPolicy, picks: Int, slots: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: slots)
    for _ in 0..<picks { counts[policy.pick()] += 1 }
    return counts
}

/// Pearson's statistic against shares in proportion to `weights`.
func chiSquare(_ counts: [Int], weights: [Int]) -> Double {
    let total = Double(counts.reduce(0, +))
    let sum = Double(weights.reduce(0, +))
    return zip(counts, weights).reduce(0) { statistic, pair in
        let expected = total * Double(pair.1) / sum
        return statistic + (Double(pair.0) - expected) * (Double(pair.0) - expected) / expected
    }
}

private func loads(_ weights: [Int]) -> [TargetLoad] { weights.map { TargetLoad(weight: $0) } }

@Suite struct PolicyTests {
    @Test func `round robin takes turns from where it starts`() {
        let rows: [(count: Int, start: Int, turns: [Int])] = [
            (1, 0, [0, 0, 0]), (1, 5, [0, 0]), (3, 0, [0, 1, 2, 0, 1]), (3, 2, [2, 0, 1, 2]), (3, 7, [1, 2, 0, 1]),
        ]
        for row in rows {
            var policy = RoundRobin(count: row.count, startingAt: row.start)
            #expect(row.turns.map { _ in policy.pick() } == row.turns, "\(row)")
        }
    }

    @Test(arguments: [[1], [1, 1], [5, 1, 1], [3, 2], [7, 5, 3, 2], [1000, 1], [6, 3, 9, 1, 1], [100, 99, 98]])
    func `weighted round robin gives each target its weight in every cycle`(weights: [Int]) {
        var policy = WeightedRoundRobin(weights: weights)
        for cycle in 0..<50 {
            let counted = counts(&policy, picks: weights.reduce(0, +), slots: weights.count)
            #expect(counted == weights, "cycle \(cycle)")
        }
    }

    @Test func `weighted round robin spreads a heavy target's turns`() {
        var policy = WeightedRoundRobin(weights: [4, 2, 1])
        let turns = (0..<70).map { _ in policy.pick() }
        #expect(!zip(turns, zip(turns.dropFirst(), turns.dropFirst(2))).contains { $0 == 0 && $1.0 == 0 && $1.1 == 0 })
        let alone = turns.enumerated().filter { $1 == 2 }.map(\.offset)
        #expect(zip(alone, alone.dropFirst()).allSatisfy { (6...8).contains($1 - $0) })
    }

    @Test func `loops that start apart pick apart`() {
        var one = WeightedRoundRobin(weights: [1, 1, 1], startingAt: 0)
        var other = WeightedRoundRobin(weights: [1, 1, 1], startingAt: 1)
        #expect((0..<3).map { _ in one.pick() } == [0, 1, 2])
        #expect((0..<3).map { _ in other.pick() } == [1, 2, 0])
    }

    @Test func `least connections levels what it is told, in proportion to weights`() {
        let weights = [1, 1, 2, 4]
        var loads = loads(weights)
        var policy = LeastConnections(loads)
        for _ in 0..<800 {
            let slot = policy.pick()
            loads[slot].inFlight += 1
            policy.loadChanged(slot, loads[slot])
        }
        #expect(loads.map(\.inFlight) == [100, 100, 200, 400])
        // One target's requests end: all that comes goes there, until it is level.
        loads[1].inFlight = 0
        policy.loadChanged(1, loads[1])
        for _ in 0..<99 {
            let slot = policy.pick()
            #expect(slot == 1)
            loads[1].inFlight += 1
            policy.loadChanged(1, loads[1])
        }
    }

    @Test func `least connections takes turns among idle targets`() {
        let loads = loads([1, 1, 1])
        var policy = LeastConnections(loads)
        var turns: [Int] = []
        for _ in 0..<9 {
            let slot = policy.pick()
            turns.append(slot)
            policy.loadChanged(slot, loads[slot])
        }
        #expect(turns == [0, 1, 2, 0, 1, 2, 0, 1, 2])
    }

    /// The bounds are the 99.9 % points for the degrees of freedom; the seeds are fixed.
    @Test(arguments: [([1, 1], 10.83), ([1, 1, 1, 1], 16.27), ([5, 3, 2], 13.82), ([1, 10, 100], 13.82)])
    func `random picks in proportion to weights`(weights: [Int], bound: Double) {
        var policy = RandomChoice(weights: weights, random: LoopRandom(seed: 42))
        let counts = counts(&policy, picks: 100_000, slots: weights.count)
        #expect(chiSquare(counts, weights: weights) < bound, "\(counts)")
        #expect(!counts.contains(0))
    }

    @Test func `power of two picks alike among idle targets, and never the busier of two`() {
        var idle = PowerOfTwo(loads([1, 1, 1, 1]), random: LoopRandom(seed: 7))
        let even = counts(&idle, picks: 100_000, slots: 4)
        #expect(chiSquare(even, weights: [1, 1, 1, 1]) < 16.27)
        var loads = loads([1, 1])
        loads[0].inFlight = 5
        var policy = PowerOfTwo(loads, random: LoopRandom(seed: 7))
        let counts = counts(&policy, picks: 10_000, slots: 2)
        // Only where both draws are the busy one.
        #expect(chiSquare(counts, weights: [1, 3]) < 10.83, "\(counts)")
    }

    @Test func `power of two keeps the fullest target close to the mean`() {
        var loads = loads([Int](repeating: 1, count: 100))
        var policy = PowerOfTwo(loads, random: LoopRandom(seed: 1))
        for _ in 0..<10_000 {
            let slot = policy.pick()
            loads[slot].inFlight += 1
            policy.loadChanged(slot, loads[slot])
        }
        // By chance alone it would be about 125.
        #expect(loads.map(\.inFlight).max()! <= 105)
    }
}

@Suite struct LeastLatencyTests {
    private func time(_ milliseconds: Int) -> MonotonicTime {
        MonotonicTime(nanoseconds: Int64(milliseconds) * 1_000_000)
    }

    private func told(_ milliseconds: [Int], at now: MonotonicTime) -> [TargetLoad] {
        milliseconds.map { sample in
            var load = TargetLoad(weight: 1)
            load.latency.observe(.milliseconds(sample), at: now)
            return load
        }
    }

    @Test func `the quicker target is picked, and with requests in flight the other`() {
        var loads = told([10, 25], at: time(0))
        var policy = LeastLatency(loads)
        var picks = [policy.pick()]
        for inFlight in 1...2 {
            loads[0].inFlight = inFlight
            policy.loadChanged(0, loads[0])
            picks.append(policy.pick())
        }
        #expect(picks == [0, 0, 1], "two times 10 ms is less than 25, three times is not")
    }

    @Test func `a target never heard of is tried first, with one request at a time`() {
        var loads = told([10, 10], at: time(0)) + [TargetLoad(weight: 1)]
        var policy = LeastLatency(loads)
        let first = policy.pick()
        #expect(first == 2)
        loads[2].inFlight = 1
        policy.loadChanged(2, loads[2])
        let second = policy.pick()
        #expect(second != 2)
    }

    /// The quick target is heard of all the time; the slow one only when it is picked.
    @Test func `a slow target is tried again after a while, and wins if it recovered`() {
        var loads = told([10, 100], at: time(0))
        var policy = LeastLatency(loads)
        var tries: [Int] = []
        for now in stride(from: 0, to: 60_000, by: 10) {
            let slot = policy.pick()
            if slot == 1 { tries.append(now) }
            let sample = slot == 0 ? 10 : now < 30_000 ? 100 : 1
            loads[slot].latency.observe(.milliseconds(sample), at: time(now))
            policy.loadChanged(slot, loads[slot])
        }
        // ln 10 times five seconds.
        let first = tries.first ?? 0
        #expect((11_000...12_500).contains(first), "\(first)")
        #expect(tries.filter { $0 < 30_000 }.count == 2)
        #expect(tries.filter { $0 > 45_000 }.count > 1_000, "recovered: it has most requests now")
    }

    @Test func `a mean follows a change within seconds, whatever the rate`() {
        for step in [1, 10, 100] {
            var mean = DecayingMean()
            mean.observe(.milliseconds(10), at: time(0))
            for now in stride(from: step, through: 5_000, by: step) { mean.observe(.milliseconds(110), at: time(now)) }
            #expect((70e6...110e6).contains(mean.value), "\(step): \(mean.value)")
        }
    }
}
