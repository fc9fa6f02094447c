// The idle connections of one pool: what was used last is used next. Pure; what is idle for too long is the caller's to
// close. The newest lies in the pool itself, with all that decides on it: where each of many targets has one connection, a
// request finds it without touching memory that was last used a thousand requests ago.
import PorticoCore

struct IdleStack<Member: AnyObject> {
    struct Entry {
        let member: Member
        /// Since when it idles.
        let since: MonotonicTime
        /// From then on it is not used again.
        let end: MonotonicTime
    }

    private var newest: Entry?
    /// Newest last.
    private var older: [Entry] = []
    /// None ends before.
    private var firstEnd = MonotonicTime.never

    var count: Int { newest == nil ? 0 : older.count + 1 }

    mutating func push(_ member: Member, since: MonotonicTime, end: MonotonicTime) {
        if let newest { older.append(newest) }
        newest = Entry(member: member, since: since, end: end)
        firstEnd = min(firstEnd, end)
    }

    mutating func pop() -> Entry? {
        guard let popped = newest else { return nil }
        newest = older.popLast()
        return popped
    }

    /// Nil where it is not in.
    mutating func remove(_ member: Member) -> Entry? {
        if newest?.member === member { return pop() }
        return older.firstIndex { $0.member === member }.map { older.remove(at: $0) }
    }

    /// Those whose time is over.
    mutating func removeEnded(_ now: MonotonicTime) -> [Member] {
        if now < firstEnd { return [] }
        let all = removeAll()
        for entry in all where now < entry.end { push(entry.member, since: entry.since, end: entry.end) }
        return all.filter { !(now < $0.end) }.map(\.member)
    }

    /// Newest last.
    mutating func removeAll() -> [Entry] {
        defer { self = IdleStack() }
        return older + (newest.map { [$0] } ?? [])
    }
}
