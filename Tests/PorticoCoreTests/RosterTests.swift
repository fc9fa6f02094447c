// Who is in a roster, and that each knows its place.
import PorticoCore
import Testing

@Suite struct RosterTests {
    private final class Member: RosterMember {
        var rosterPlace = -1
    }

    private static func isOrdered(_ roster: Roster<Member>) -> Bool {
        roster.members.enumerated().allSatisfy { $0.element.rosterPlace == $0.offset }
    }

    @Test func `members leave in any order and those that stay know their places`() {
        var roster = Roster<Member>()
        let members = (0..<20).map { _ in Member() }
        for member in members { roster.join(member) }
        #expect(roster.count == 20 && Self.isOrdered(roster))
        for member in members.shuffled() {
            let count = roster.count
            let isIn = roster.leave(member)
            #expect(isIn)
            #expect(member.rosterPlace == -1 && roster.count == count - 1 && Self.isOrdered(roster))
        }
        #expect(roster.isEmpty)
    }

    @Test func `who joins twice is in once, and who is not in cannot leave`() {
        var roster = Roster<Member>()
        let (one, other) = (Member(), Member())
        roster.join(one)
        roster.join(one)
        #expect(roster.count == 1)
        let left = [roster.leave(other), roster.leave(one), roster.leave(one)]
        #expect(left == [false, true, false])
    }

    @Test func `those that leave while all are visited can be told from those that stay`() {
        var roster = Roster<Member>()
        for _ in 0..<10 { roster.join(Member()) }
        var visited = 0
        for member in roster.members where member.rosterPlace >= 0 {
            visited += 1
            roster.leave(member)
            if let next = roster.members.first { roster.leave(next) }
        }
        #expect(visited == 5 && roster.isEmpty)
    }
}
