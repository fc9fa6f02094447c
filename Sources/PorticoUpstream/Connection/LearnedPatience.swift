// How long a backend seems to bear an idle connection, learned from those it closed: what must not be sent twice is not sent
// over a connection that is about to be closed. Pure; one per pool.
import PorticoCore

struct LearnedPatience {
    /// The shortest time after which the backend closed.
    private(set) var shortest: Interval?
    private var noted = MonotonicTime(nanoseconds: 0)

    /// A backend that restarts closes connections of every age: what it showed then is forgotten after a while.
    static let memory = Interval.seconds(60)

    mutating func closed(afterIdling age: Interval, now: MonotonicTime) {
        shortest = min(current(now) ?? age, age)
        noted = now
    }

    /// The backend answered over a connection that had idled so long.
    mutating func answered(afterIdling age: Interval) {
        if let known = shortest, age > known { shortest = age }
    }

    /// Whether a connection of this idle age may carry what cannot be repeated: it is not in the last third of its time.
    func bears(_ age: Interval, now: MonotonicTime) -> Bool {
        guard let known = current(now) else { return true }
        return age.nanoseconds < known.nanoseconds / 3 * 2
    }

    private func current(_ now: MonotonicTime) -> Interval? { now - noted < Self.memory ? shortest : nil }
}
