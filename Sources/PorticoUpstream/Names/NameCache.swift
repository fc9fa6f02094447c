// What is known of a backend's name and when to ask again. Pure: the asking and the clock are the caller's.
import PorticoCore

struct NameCache<Address: Hashable> {
    enum Answer: Equatable {
        /// In the order to try them.
        case addresses([Address])
        /// Nothing is known yet: wait for the answer.
        case wait
        /// The resolver said no, lately.
        case failed
    }

    /// What the resolver says counts so long where nothing tells its time to live, and stays in use beyond it while newer is
    /// asked for or cannot be had.
    static var usualLifetime: Interval { .seconds(30) }
    /// Bounds of times to live: name servers are not asked without a pause, and a change is seen on the same day.
    static var shortestLifetime: Interval { .seconds(5) }
    static var longestLifetime: Interval { .seconds(3600) }
    /// Name servers that could not tell a time to live are not asked for it again so long.
    static var lifetimePause: Interval { .seconds(600) }
    /// After an answer, or none, the resolver is left alone so long.
    static var pause: Interval { .seconds(1) }
    /// While it has no answer, and older addresses are in use.
    static var failurePause: Interval { .seconds(5) }
    /// An address that refused goes behind the others so long.
    static var grudge: Interval { .seconds(10) }

    private var addresses: [Address] = []
    /// The one that the resolver would begin with.
    var first: Address? { addresses.first }
    private var answered: MonotonicTime?
    private(set) var lifetime = Self.usualLifetime
    private var untold: MonotonicTime?
    private var refused: [Address: MonotonicTime] = [:]
    private var turn = 0
    private(set) var isAsking = false
    private var hasFailed = false

    /// Addresses for a new connection, spread over all that are alike.
    mutating func lookup(_ now: MonotonicTime, isPreferred: (Address) -> Bool) -> Answer {
        guard !addresses.isEmpty else { return isAsking || answered == nil ? .wait : .failed }
        turn &+= 1
        refused = refused.filter { now - $0.value < Self.grudge }
        let preferred = rotated(addresses.filter(isPreferred))
        let others = rotated(addresses.filter { !isPreferred($0) })
        let mixed = Self.interleaved(preferred, others)
        return .addresses(mixed.filter { refused[$0] == nil } + mixed.filter { refused[$0] != nil })
    }

    /// Whether the resolver is to be asked now; then it counts as being asked. `isUrgent`: the addresses did not work.
    mutating func shouldAsk(_ now: MonotonicTime, isUrgent: Bool = false) -> Bool {
        guard !isAsking else { return false }
        if let answered {
            let usual = hasFailed ? min(lifetime, Self.failurePause) : lifetime
            let wait = isUrgent || addresses.isEmpty ? Self.pause : usual
            guard now - answered >= wait else { return false }
        }
        isAsking = true
        return true
    }

    /// The resolver's answer; nothing where it had none: what was known stays in use.
    mutating func note(_ found: [Address], _ now: MonotonicTime) {
        isAsking = false
        answered = now
        hasFailed = found.isEmpty
        guard !found.isEmpty else { return }
        var seen: Set<Address> = []
        addresses = found.filter { seen.insert($0).inserted }
    }

    // MARK: Times to live

    func shouldAskLifetime(_ now: MonotonicTime) -> Bool { untold.map { now - $0 >= Self.lifetimePause } ?? true }

    /// Of the addresses noted last; nil where it is not known.
    mutating func noteLifetime(_ told: Interval?, _ now: MonotonicTime) {
        untold = told == nil ? now : nil
        lifetime = told.map { min(max($0, Self.shortestLifetime), Self.longestLifetime) } ?? Self.usualLifetime
    }

    // MARK: Order

    mutating func noteRefused(_ address: Address, _ now: MonotonicTime) {
        if addresses.contains(address) { refused[address] = now }
    }

    private func rotated(_ list: [Address]) -> [Address] {
        guard list.count > 1 else { return list }
        let start = turn % list.count
        return Array(list[start...] + list[..<start])
    }

    /// Families take turns (RFC 8305 §4).
    private static func interleaved(_ first: [Address], _ second: [Address]) -> [Address] {
        var mixed: [Address] = []
        for index in 0..<max(first.count, second.count) {
            if index < first.count { mixed.append(first[index]) }
            if index < second.count { mixed.append(second[index]) }
        }
        return mixed
    }
}
