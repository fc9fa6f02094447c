// Whose turn it is.
import PorticoUpstream
import Testing

@Suite struct RoundRobinTests {
    @Test func `targets take turns from where they start`() {
        let rows: [(count: Int, start: Int, turns: [Int?])] = [
            (0, 0, [nil, nil]), (0, 3, [nil]), (1, 0, [0, 0, 0]), (1, 5, [0, 0]), (3, 0, [0, 1, 2, 0, 1]),
            (3, 2, [2, 0, 1, 2]), (3, 7, [1, 2, 0, 1]),
        ]
        for row in rows {
            var turns = RoundRobin(count: row.count, startingAt: row.start)
            #expect(row.turns.map { _ in turns.pick() } == row.turns, "\(row)")
        }
    }

    @Test func `a failed target is followed by the next, until all were tried`() {
        let three = RoundRobin(count: 3)
        #expect(three.alternative(to: 0, afterTries: 1) == 1)
        #expect(three.alternative(to: 2, afterTries: 1) == 0)
        #expect(three.alternative(to: 1, afterTries: 2) == 2)
        #expect(three.alternative(to: 1, afterTries: 3) == nil)
        #expect(RoundRobin(count: 1).alternative(to: 0, afterTries: 1) == nil)
        #expect(RoundRobin(count: 0).alternative(to: 0, afterTries: 0) == nil)
    }
}
