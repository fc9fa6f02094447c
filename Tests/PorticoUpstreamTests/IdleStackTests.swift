// Which idle connection is used next, and when the others have idled long enough.
import PorticoCore
import Testing

@testable import PorticoUpstream

@Suite struct IdleStackTests {
    private final class Member {
        let name: Int
        init(_ name: Int) { self.name = name }
    }

    private func at(_ seconds: Int) -> MonotonicTime { MonotonicTime(nanoseconds: 0) + .seconds(seconds) }

    /// The newer, the later its end, unless `ends` says otherwise.
    private func stack(of members: [Member], ends: (Int) -> Int = { 100 + $0 }) -> IdleStack<Member> {
        var stack = IdleStack<Member>()
        for member in members { stack.push(member, since: at(member.name), end: at(ends(member.name))) }
        return stack
    }

    @Test func `what came last goes first, with its times`() {
        var stack = stack(of: (0..<4).map(Member.init))
        var names: [Int] = []
        while let entry = stack.pop() {
            names.append(entry.member.name)
            #expect(entry.since == at(entry.member.name) && entry.end == at(100 + entry.member.name))
            #expect(stack.count == entry.member.name)
        }
        #expect(names == [3, 2, 1, 0])
        #expect(stack.count == 0)
    }

    @Test func `any of them can be taken out, once`() {
        for leaving in 0..<4 {
            let members = (0..<4).map(Member.init)
            var stack = stack(of: members)
            #expect(stack.remove(members[leaving])?.since == at(leaving))
            #expect(stack.remove(members[leaving]) == nil)
            var names: [Int] = []
            while let entry = stack.pop() { names.append(entry.member.name) }
            #expect(names == [3, 2, 1, 0].filter { $0 != leaving })
        }
        var empty = IdleStack<Member>()
        #expect(empty.remove(Member(0)) == nil && empty.pop() == nil)
    }

    @Test func `those whose time is over leave, wherever they are, and the others keep their order`() {
        var stack = stack(of: (0..<6).map(Member.init), ends: { $0 % 2 == 0 ? 10 : 20 })
        #expect(stack.removeEnded(at(9)).isEmpty)
        #expect(stack.removeEnded(at(10)).map(\.name).sorted() == [0, 2, 4])
        #expect(stack.count == 3)
        #expect(stack.removeEnded(at(19)).isEmpty)
        #expect(stack.pop()?.member.name == 5)
        #expect(stack.removeEnded(at(20)).map(\.name).sorted() == [1, 3])
        #expect(stack.count == 0)
        // An end that is later than those before counts anew.
        stack.push(Member(7), since: at(21), end: at(30))
        #expect(stack.removeEnded(at(29)).isEmpty && stack.count == 1)
        #expect(stack.removeEnded(at(30)).map(\.name) == [7])
    }
}
