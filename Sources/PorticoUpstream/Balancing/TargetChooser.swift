// Who gets the next request of a route, on one event loop: the targets that may take one, as a lineup that is made anew
// only when a target's standing changed, and a policy that takes turns on it. Retries and limits look further. It opens no
// connection.
package import PorticoConfig
package import PorticoCore

package final class TargetChooser {
    package enum Choice: ~Copyable {
        case target(TargetPermit)
        /// All that could take it have as many requests as they may.
        case full
        case none

        package consuming func permit() -> TargetPermit? {
            switch consume self {
            case .target(let permit): permit
            case .full: nil
            case .none: nil
            }
        }
    }

    private let targets: [Target]
    private let group: TargetGroup?
    private let strategy: BalancingStrategy
    /// For the strategies that go by a key.
    private let ring: HashRing?
    /// How much more than its share of the requests a target may have by its keys; nil: whatever comes.
    private let loadBound: Double?
    private let start: Int
    private var random: LoopRandom
    /// By target.
    private var loads: [TargetLoad]
    /// What this loop has there, and all together.
    private var own: [Int]
    private var ownTotal = 0
    private var slots: [Int]
    /// The targets that may be picked, by slot.
    private var lineup: [Int] = []
    private var lineupWeight = 0
    private var policy: any BalancingPolicy = RoundRobin(count: 0)
    private let followsLoad: Bool
    /// Before each pick, what other loops have is looked up: for so few targets that it costs next to nothing.
    private var looksAround = false
    /// Whoever is in the lineup takes whatever comes.
    private var isPlain = true
    private var hasTroubled = false
    private var seenChanges = -1

    private static let fewTargets = 8

    /// `ring`: of the same targets, for strategies that need one. `loopIndex` keeps loops from marching in step.
    package init(
        _ targets: [Target], strategy: BalancingStrategy, ring: HashRing?, loadBound: Double? = nil, loopIndex: Int,
        random: LoopRandom = LoopRandom()
    ) {
        self.random = random
        self.targets = targets
        group = targets.first?.state.group
        self.strategy = strategy
        self.ring = ring
        self.loadBound = loadBound
        followsLoad = [.leastConnections, .powerOfTwo, .leastLatency].contains(strategy)
        own = targets.map { _ in 0 }
        start = loopIndex
        loads = targets.map { TargetLoad(weight: $0.settings.weight) }
        slots = targets.map { _ in -1 }
    }

    // MARK: Picking

    /// `key`: for strategies that go by one. `preferred`: taken if it takes requests. `tried`: not again.
    package func pick(
        key: UInt64 = 0, preferred: Int? = nil, excluding tried: [Int] = [], now: MonotonicTime
    ) -> Choice {
        guard let group else { return .none }
        if group.changes != seenChanges { line(up: group.changes) }
        if isPlain, preferred == nil, tried.isEmpty, !lineup.isEmpty {
            let index = next(key, besides: [])
            let permit = TargetPermit(targets[index].state, index: index)
            begin(index)
            return .target(permit)
        }
        return pickCarefully(key, preferred, excluding: tried, now)
    }

    /// Some permit is out: a request runs, or is about to.
    package var hasRequests: Bool { ownTotal > 0 }

    /// Who most likely is next, where that is known.
    package var upcoming: Int? {
        guard ring == nil, let slot = policy.upcoming, slot < lineup.count else { return nil }
        return lineup[slot]
    }

    /// A request that waited in the group's line was given a place at a target, which counts it already. Nil where the
    /// target is none of these: a reload took it.
    package func take(over state: TargetState) -> TargetPermit? {
        guard let index = targets.firstIndex(where: { $0.state === state }) else { return nil }
        begin(index)
        return TargetPermit(begun: state, index: index)
    }

    /// A request is over: every permit comes back here.
    package func end(
        _ permit: consuming TargetPermit, _ outcome: RequestOutcome, latency: Interval? = nil,
        now: MonotonicTime = .now()
    ) {
        let index = permit.index
        permit.end(outcome, latency: latency, now: now)
        own[index] -= 1
        ownTotal -= 1
        guard followsLoad else { return }
        if strategy == .leastLatency {
            // A target that fails at once is not a quick one.
            if outcome.isFailure {
                loads[index].latency.observe(max(latency ?? .zero, .seconds(1)), at: now)
            } else if let latency {
                loads[index].latency.observe(latency, at: now)
            }
        }
        noteLoad(index)
    }

    /// The target counts it already.
    private func begin(_ index: Int) {
        own[index] += 1
        ownTotal += 1
        if followsLoad { noteLoad(index) }
    }

    private func noteLoad(_ index: Int) {
        loads[index].inFlight = targets[index].state.inFlight
        if slots[index] >= 0 { policy.loadChanged(slots[index], loads[index]) }
    }

    private func lookAround() {
        for index in lineup where targets[index].state.inFlight != loads[index].inFlight { noteLoad(index) }
    }

    /// `refused`: on a ring the next one behind them. Other policies just take their turn.
    private func next(_ key: UInt64, besides refused: [Int]) -> Int {
        if lineup.count == 1 { return lineup[0] }
        if looksAround { lookAround() }
        if let ring {
            func takes(_ index: Int) -> Bool { slots[index] >= 0 && !refused.contains(index) }
            if loadBound != nil, let index = ring.pick(key, where: { takes($0) && hasShareLeft($0) }) { return index }
            return ring.pick(key, where: takes) ?? lineup[Int(truncatingIfNeeded: key % UInt64(lineup.count))]
        }
        return lineup[policy.pick()]
    }

    /// One more request keeps it within its share of what this loop has, widened by the bound. Of all targets some always is.
    private func hasShareLeft(_ index: Int) -> Bool {
        guard let loadBound else { return true }
        let share = Double(ownTotal + 1) * Double(loads[index].weight) / Double(lineupWeight)
        return Double(own[index] + 1) <= (share * loadBound).rounded(.up)
    }

    private func pickCarefully(
        _ key: UInt64, _ preferred: Int?, excluding tried: [Int], _ now: MonotonicTime
    ) -> Choice {
        if let preferred, slots[preferred] >= 0, !tried.contains(preferred),
            let permit = admit(preferred, luck: nil, now)
        {
            return .target(permit)
        }
        // The policy's choice, or another turn of it where that one takes none. Retries take no turns: after a failure they
        // would shift the next request's, to the failing target again in the worst case.
        var refused = tried
        for _ in 0..<(tried.isEmpty || ring != nil ? min(lineup.count, 4) : 0) {
            let index = next(key, besides: refused)
            if !refused.contains(index), let permit = admit(index, luck: random.fraction(), now) {
                return .target(permit)
            }
            if ring != nil { refused.append(index) }
        }
        return anyTarget(excluding: tried, now)
    }

    /// Whoever takes it: of the lineup, then of the rest.
    private func anyTarget(excluding tried: [Int], _ now: MonotonicTime) -> Choice {
        if hasTroubled { tick(now) }
        let first = lineup.isEmpty ? 0 : random.below(lineup.count)
        for step in lineup.indices {
            let index = lineup[(first + step) % lineup.count]
            if !tried.contains(index), let permit = admit(index, luck: nil, now) { return .target(permit) }
        }
        for isBackup in [false, true] {
            for index in targets.indices
            where slots[index] < 0 && targets[index].settings.backup == isBackup && !tried.contains(index) {
                if let permit = admit(index, luck: nil, now) { return .target(permit) }
            }
        }
        let isFull = targets.contains { $0.state.standing.isDisjoint(with: .barred) && $0.state.isFull }
        return isFull ? .full : .none
    }

    private func admit(_ index: Int, luck: Double?, _ now: MonotonicTime) -> TargetPermit? {
        let target = targets[index]
        guard let permit = target.state.admit(index: index, luck: luck, now: now) else { return nil }
        begin(index)
        return permit
    }

    // MARK: The lineup

    /// What time alone changes: a breaker's pause is over, a suspected target may be tried. A few times a second.
    package func tick(_ now: MonotonicTime) {
        guard let group, hasTroubled || group.changes != seenChanges else { return }
        for target in targets where target.state.standing != [] { target.state.wake(now) }
        if group.changes != seenChanges { line(up: group.changes) }
    }

    private func line(up changes: Int) {
        seenChanges = changes
        var tiers: [[Int]] = [[], [], [], []]
        isPlain = true
        hasTroubled = false
        for (index, target) in targets.enumerated() {
            slots[index] = -1
            let standing = target.state.standing
            if standing != [] { hasTroubled = true }
            guard standing.isDisjoint(with: .barred) else { continue }
            let isSuspected = standing.contains(.suspected) && !standing.contains(.trial)
            tiers[(isSuspected ? 2 : 0) + (target.settings.backup ? 1 : 0)].append(index)
        }
        lineup = tiers.first { !$0.isEmpty } ?? []
        lineupWeight = lineup.reduce(0) { $0 + loads[$1].weight }
        looksAround = followsLoad && lineup.count <= Self.fewTargets
        for (slot, index) in lineup.enumerated() {
            slots[index] = slot
            let target = targets[index]
            if target.settings.maxConnections > 0
                || !target.state.standing.isDisjoint(with: [.probing, .warming, .trial])
            {
                isPlain = false
            }
        }
        makePolicy()
    }

    private func makePolicy() {
        for index in lineup { loads[index].inFlight = targets[index].state.inFlight }
        let lined = lineup.map { loads[$0] }
        let weights = lined.map(\.weight)
        switch strategy {
        case .roundRobin, .ipHash, .consistentHash: policy = RoundRobin(count: lined.count, startingAt: start)
        case .weightedRoundRobin: policy = WeightedRoundRobin(weights: weights, startingAt: start)
        case .leastConnections: policy = LeastConnections(lined, startingAt: start)
        case .random: policy = RandomChoice(weights: weights)
        case .powerOfTwo: policy = PowerOfTwo(lined)
        case .leastLatency: policy = LeastLatency(lined, startingAt: start)
        }
    }
}
