// Objects in no order, each of which knows its place: to join and to leave costs the same however many there are. An object
// is in one roster at a time.

@usableFromInline
package protocol RosterMember: AnyObject {
    /// Its place; -1 while it is in none. The roster's to write.
    var rosterPlace: Int { get set }
}

// Without the attributes on the types themselves other rooms get a copy that serves every kind of member: it asks the runtime
// for types with each request.
@usableFromInline
package struct Roster<Member: RosterMember> {
    @usableFromInline var list: [Member] = []

    @inlinable package init() {}

    /// Whoever goes through them while some leave passes over those: their place is -1 then.
    @inlinable package var members: [Member] { list }

    @inlinable package var count: Int { list.count }

    @inlinable package var isEmpty: Bool { list.isEmpty }

    /// Nothing happens where it is in already.
    @inlinable
    package mutating func join(_ member: Member) {
        guard member.rosterPlace < 0 else { return }
        member.rosterPlace = list.count
        list.append(member)
    }

    /// False where it is not in.
    @inlinable
    @discardableResult
    package mutating func leave(_ member: Member) -> Bool {
        let place = member.rosterPlace
        guard place >= 0 else { return false }
        member.rosterPlace = -1
        let last = list.removeLast()
        if last !== member {
            list[place] = last
            last.rosterPlace = place
        }
        return true
    }
}
