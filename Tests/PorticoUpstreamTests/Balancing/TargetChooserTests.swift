// Who gets a request when targets come and go, are full, warm up or are suspected.
import PorticoConfig
import PorticoCore
import PorticoUpstream
import Testing

private let noon = MonotonicTime(nanoseconds: 1_000_000_000_000)

private func makeChooser(_ targets: [Target], _ strategy: BalancingStrategy = .roundRobin) -> TargetChooser {
    let needsRing = strategy == .consistentHash || strategy == .ipHash
    let ring = HashRing(names: targets.map(\.settings.id), weights: targets.map(\.settings.weight))
    return TargetChooser(
        targets, strategy: strategy, ring: needsRing ? ring : nil, loopIndex: 0, random: LoopRandom(seed: 1))
}

extension TargetChooser {
    /// The index picked, its request over at once; -1 where all are full, -2 where there is none.
    fileprivate func turn(key: UInt64 = 0, preferred: Int? = nil, excluding tried: [Int] = []) -> Int {
        switch pick(key: key, preferred: preferred, excluding: tried, now: noon) {
        case .target(let permit):
            let index = permit.index
            end(permit, .success, now: noon)
            return index
        case .full: return -1
        case .none: return -2
        }
    }

    fileprivate func turns(_ count: Int) -> [Int] { (0..<count).map { turn(key: UInt64($0) << 55) } }
}

@Suite struct TargetChooserTests {
    @Test(arguments: BalancingStrategy.allCases)
    func `whoever is foretold is next, and only the turns of round robin are known ahead`(
        strategy: BalancingStrategy
    ) throws {
        let targets = try makeTargets(4)
        let chooser = makeChooser(targets, strategy)
        #expect(chooser.turn(key: 1) >= 0)
        guard strategy == .roundRobin else {
            #expect(chooser.upcoming == nil)
            return
        }
        for _ in 0..<10 {
            let foretold = chooser.upcoming
            #expect(foretold == chooser.turn())
        }
        for target in targets { target.state.setMode(.disabled) }
        #expect(chooser.turn() == -2)
        #expect(chooser.upcoming == nil)
    }

    @Test(arguments: BalancingStrategy.allCases)
    func `only targets that take requests are picked, and all of these`(strategy: BalancingStrategy) throws {
        let targets = try makeTargets(5)
        let chooser = makeChooser(targets, strategy)
        #expect(Set(chooser.turns(300)) == [0, 1, 2, 3, 4])
        targets[1].state.setMode(.disabled)
        targets[2].state.setMode(.draining)
        targets[3].state.setHealth(.down)
        #expect(Set(chooser.turns(300)) == [0, 4])
        targets[0].state.change(set: .open)
        #expect(Set(chooser.turns(20)) == [4])
        targets[4].state.setHealth(.down)
        #expect(chooser.turn() == -2)
        targets[3].state.setHealth(.up)
        #expect(chooser.turn() == 3)
        #expect(targets.map(\.state.inFlight) == [0, 0, 0, 0, 0])
    }

    @Test func `a disabled target of the file gets nothing until it is enabled`() throws {
        let targets = try makeTargets(2) { $1.enabled = $0 == 1 }
        let chooser = makeChooser(targets)
        #expect(chooser.turns(3) == [1, 1, 1])
        targets[0].state.setMode(.enabled)
        #expect(Set(chooser.turns(4)) == [0, 1])
    }

    @Test func `no targets at all is none`() { #expect(makeChooser([]).turn() == -2) }

    @Test func `backups wait until no other can take a request`() throws {
        let targets = try makeTargets(4) { $1.backup = $0 >= 2 }
        let chooser = makeChooser(targets)
        #expect(Set(chooser.turns(20)) == [0, 1])
        targets[0].state.setHealth(.down)
        #expect(Set(chooser.turns(20)) == [1])
        targets[1].state.setMode(.draining)
        #expect(Set(chooser.turns(20)) == [2, 3])
        targets[0].state.setHealth(.up)
        #expect(Set(chooser.turns(20)) == [0])
        // A retry may go to a backup: the others were tried.
        #expect([2, 3].contains(chooser.turn(excluding: [0])))
    }

    @Test func `connections of other event loops count, with up to eight targets`() throws {
        for count in [2, 8] {
            let targets = try makeTargets(count)
            let (one, other) = (makeChooser(targets, .leastConnections), makeChooser(targets, .leastConnections))
            var held: [Held] = []
            for index in 0..<(count - 1) {
                for _ in 0..<5 {
                    guard let permit = one.pick(preferred: index, now: noon).permit() else { break }
                    held.append(Held(permit))
                }
            }
            for _ in 0..<5 {
                guard let permit = other.pick(now: noon).permit() else { break }
                held.append(Held(permit))
            }
            #expect(held.suffix(5).map(\.index) == Array(repeating: count - 1, count: 5))
            #expect(held.count == count * 5)
            for permit in held { permit.end() }
            #expect(targets.allSatisfy { $0.state.inFlight == 0 })
        }
    }

    @Test func `a busy key spills over to the next target, and comes back`() throws {
        let targets = try makeTargets(4)
        let ring = HashRing(names: targets.map(\.settings.id), weights: targets.map(\.settings.weight))
        let chooser = TargetChooser(targets, strategy: .consistentHash, ring: ring, loadBound: 1.25, loopIndex: 0)
        let key: UInt64 = 0x1234_5678_9ABC_DEF0
        let home = chooser.turn(key: key)
        var held: [Held] = []
        for _ in 0..<100 {
            guard let permit = chooser.pick(key: key, now: noon).permit() else { break }
            held.append(Held(permit))
        }
        #expect(held.count == 100 && held.first?.index == home)
        // Of 100 requests nobody has more than a quarter and a quarter of that, rounded up; the key's own target has as much.
        let counts = targets.indices.map { target in held.count { $0.index == target } }
        #expect(counts.max() == 32 && counts[home] == 32, "\(counts)")
        #expect(targets.map(\.state.inFlight) == counts)
    }

    @Test func `where a key's target is full or was tried, the next on the ring has it`() throws {
        let targets = try makeTargets(6) { $1.maxConnections = 1 }
        let ring = HashRing(names: targets.map(\.settings.id), weights: targets.map(\.settings.weight))
        let chooser = makeChooser(targets, .consistentHash)
        for number in 0..<50 {
            let key = UInt64(number) &* 0x9E37_79B9_7F4A_7C15
            let home = try #require(ring.pick(key) { _ in true })
            let second = try #require(ring.pick(key) { $0 != home })
            let third = try #require(ring.pick(key) { $0 != home && $0 != second })
            #expect(chooser.turn(key: key) == home)
            #expect(chooser.turn(key: key, excluding: [home]) == second)
            let held = try (0..<2).map { _ in
                guard let permit = chooser.pick(key: key, now: noon).permit() else { throw CancellationError() }
                return Held(permit)
            }
            #expect(held.map(\.index) == [home, second])
            #expect(chooser.turn(key: key) == third)
            for permit in held { permit.end() }
        }
    }

    @Test func `each retry goes to a target that was not tried, while there is one`() throws {
        let chooser = try makeChooser(makeTargets(3))
        for _ in 0..<20 {
            let first = chooser.turn()
            let second = chooser.turn(excluding: [first])
            let third = chooser.turn(excluding: [first, second])
            #expect(Set([first, second, third]) == [0, 1, 2])
            #expect(chooser.turn(excluding: [0, 1, 2]) == -2)
        }
    }

    @Test func `a preferred target is taken unless it takes none or was tried`() throws {
        let targets = try makeTargets(3)
        let chooser = makeChooser(targets)
        #expect((0..<9).allSatisfy { _ in chooser.turn(preferred: 2) == 2 })
        #expect(chooser.turn(preferred: 2, excluding: [2]) != 2)
        targets[2].state.setMode(.draining)
        #expect((0..<9).allSatisfy { _ in [0, 1].contains(chooser.turn(preferred: 2)) })
    }

    @Test func `a full target is passed over, and all full is said`() throws {
        let targets = try makeTargets(2) { $1.maxConnections = $0 + 1 }
        let chooser = makeChooser(targets)
        var held: [Held] = []
        while let permit = chooser.pick(now: noon).permit() { held.append(Held(permit)) }
        #expect(held.map(\.index).sorted() == [0, 1, 1])
        #expect(chooser.turn() == -1)
        held.first { $0.index == 0 }?.end()
        #expect(chooser.turn() == 0)
    }

    @Test func `a suspected target is passed over but for one request now and then, and for lack of others`() throws {
        let targets = try makeTargets(2)
        let chooser = makeChooser(targets)
        targets[1].state.suspect(noon)
        #expect(Set(chooser.turns(10)) == [0])
        chooser.tick(noon + .milliseconds(3900))
        #expect(Set(chooser.turns(10)) == [0])
        chooser.tick(noon + .seconds(4))
        #expect(chooser.turns(10).filter { $0 == 1 }.count == 1)
        #expect(!chooser.turns(10).contains(1), "one")
        chooser.tick(noon + .seconds(100))
        #expect(chooser.turns(10).filter { $0 == 1 }.count == 1, "and one later, whatever came of the first")
        targets[0].state.setHealth(.down)
        #expect(chooser.turn() == 1)
        targets[0].state.setHealth(.up)
        targets[1].state.trust()
        #expect(Set(chooser.turns(10)) == [0, 1])
    }

    @Test func `a target that comes back warms up`() throws {
        let targets = try makeTargets(2, slowStart: .seconds(3600))
        let chooser = makeChooser(targets)
        #expect(chooser.turns(1000).filter { $0 == 0 }.count == 500, "a start is no return")
        targets[0].state.setHealth(.down)
        targets[0].state.setHealth(.up)
        let now = MonotonicTime.now()
        func share(_ time: MonotonicTime) -> Int {
            (0..<2000).filter { _ in
                let permit = chooser.pick(now: time).permit()!
                let index = permit.index
                chooser.end(permit, .success, now: time)
                return index == 0
            }.count
        }
        // A tenth of its turns at first; of those it passes on, the next is the other's.
        #expect((30...200).contains(share(now)), "of 2,000")
        #expect((500...800).contains(share(now + .seconds(1800))))
        #expect((999...1001).contains(share(now + .seconds(3601))))
        #expect(targets[0].state.standing == [])
    }
}
