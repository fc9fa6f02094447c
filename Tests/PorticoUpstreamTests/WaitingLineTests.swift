// Who waits for room at a target: in order, within a limit, and never forgotten.
import PorticoConfig
import PorticoCore
import Synchronization
import Testing

@testable import PorticoUpstream

@Suite struct WaitingLineTests {
    @Test func `first come, first served, up to a limit`() {
        var line = WaitingLine<String>()
        let numbers = ["a", "b", "c"].map { line.join($0, limit: 3) }
        #expect(numbers == [1, 2, 3] && line.count == 3)
        let beyond = line.join("d", limit: 3)
        #expect(beyond == nil)
        let left = [2, 2, 9].map { line.leave($0) }
        #expect(left == [true, false, false])
        let fourth = line.join("d", limit: 3)
        #expect(fourth == 4)
        let served = (0..<4).map { _ in line.popFirst() }
        #expect(served == ["a", "c", "d", nil])
        let late = line.leave(4)
        let none = line.join("e", limit: 0)
        #expect(!late && line.count == 0 && none == nil)
    }

    @Test func `who cannot use what there is keeps the place`() {
        var line = WaitingLine<String>()
        for name in ["a1", "b1", "a2", "b2"] { _ = line.join(name, limit: 4) }
        #expect(line.contains { $0.hasPrefix("b") } && !line.contains { $0.hasPrefix("c") })
        let served = ["b", "c", "a", "a", "a", "b"].map { kind in line.popFirst { $0.hasPrefix(kind) } }
        #expect(served == ["b1", nil, "a1", "a2", nil, "b2"])
        #expect(line.count == 0)
    }

    @Test func `room at a target wakes nobody who has no use for it`() throws {
        let states = try makeTargets(2) { $1.maxConnections = 1 }.map(\.state)
        let running = states.map { Held($0.admit(index: 0, luck: nil, now: .now())!) }
        let woken = Mutex<[Int]>([])
        for name in 0..<3 {
            // The first and the last want the second target, as after a reload that took the first away.
            let joined = states[0].group.join(
                limit: 3, takes: { $0 === states[1] || name == 1 }, admit: { nil }, giveBack: { $0.end(.neutral) },
                wake: { _ in woken.withLock { $0.append(name) } })
            guard case .waiting = joined else {
                Issue.record("it waits")
                return
            }
        }
        running[0].end()
        #expect(woken.withLock { $0 } == [1])
        states[0].giveBack()
        #expect(woken.withLock { $0 } == [1] && states[0].inFlight == 0)
        running[1].end()
        #expect(woken.withLock { $0 } == [1, 0] && states[1].inFlight == 1)
        states[1].giveBack()
        #expect(woken.withLock { $0 } == [1, 0, 2])
    }

    @Test func `a long line keeps its order`() {
        var line = WaitingLine<Int>()
        var served: [Int] = []
        for number in 0..<5_000 {
            _ = line.join(number, limit: 10_000)
            if number % 3 != 0, let next = line.popFirst() { served.append(next) }
        }
        while let next = line.popFirst() { served.append(next) }
        #expect(served == Array(0..<5_000))
    }

    @Test func `room that is made goes to the first in line, with the place taken`() throws {
        let target = try makeTargets(1) { $1.maxConnections = 1 }[0]
        let state = target.state
        let woken = Mutex<[Int]>([])
        let running = state.admit(index: 0, luck: nil, now: .now())!
        for name in 0..<2 {
            let joined = state.group.join(
                limit: 2, takes: { _ in true }, admit: { state.admit(index: 0, luck: nil, now: .now()) },
                giveBack: { $0.end(.neutral) },
                wake: { _ in woken.withLock { $0.append(name) } })
            guard case .waiting = joined else {
                Issue.record("it is full")
                return
            }
        }
        running.end(.success)
        #expect(woken.withLock { $0 } == [0] && state.inFlight == 1)
        state.giveBack()
        #expect(woken.withLock { $0 } == [0, 1] && state.inFlight == 1)
        state.giveBack()
        #expect(state.inFlight == 0 && !state.group.hasWaiting)
    }

    @Test func `one that comes while room is made does not wait`() throws {
        let state = try makeTargets(1) { $1.maxConnections = 1 }[0].state
        let joined = state.group.join(
            limit: 5, takes: { _ in true }, admit: { state.admit(index: 0, luck: nil, now: .now()) },
            giveBack: { $0.end(.neutral) },
            wake: { _ in Issue.record("not woken") })
        guard case .admitted(let permit) = joined else {
            Issue.record("there is room")
            return
        }
        #expect(state.inFlight == 1 && !state.group.hasWaiting)
        permit.end(.success)
        #expect(state.inFlight == 0)
    }

    /// Threads take the one place, or wait for it and hand it on: whatever the order, none is left waiting.
    @Test func `under a storm of threads nobody is forgotten`() async throws {
        let state = try makeTargets(1) { $1.maxConnections = 2 }[0].state
        let done = Tally()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<2_000 {
                        if let permit = state.admit(index: 0, luck: nil, now: .now()) {
                            permit.end(.success)
                            done.add()
                            continue
                        }
                        let joined = state.group.join(
                            limit: 10_000, takes: { _ in true },
                            admit: { state.admit(index: 0, luck: nil, now: .now()) },
                            giveBack: { $0.end(.neutral) },
                            wake: { state in
                                done.add()
                                state.giveBack()
                            })
                        if case .admitted(let permit) = consume joined {
                            permit.end(.success)
                            done.add()
                        }
                    }
                }
            }
        }
        #expect(done.count == 8_000)
        #expect(state.inFlight == 0 && !state.group.hasWaiting)
    }
}

private final class Tally: Sendable {
    private let value = Atomic<Int>(0)
    var count: Int { value.load(ordering: .relaxed) }
    func add() { value.add(1, ordering: .relaxed) }
}
