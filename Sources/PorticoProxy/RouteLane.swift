// What one event loop keeps of one route: who is next, its targets' posts, the requests that wait for a first byte, and its
// part of the line of those that wait for room.
import NIOCore
import PorticoConfig
import PorticoCore
import PorticoHTTP
import PorticoTransport
import PorticoUpstream

final class RouteLane {
    private struct Waiter {
        let trip: RoundTrip
        let deadline: MonotonicTime
    }

    let route: ProxyRoute
    let eventLoop: TransportLoop
    unowned let proxy: ProxyLoop
    let chooser: TargetChooser
    let posts: [TargetPost]
    /// Nil where there are few targets.
    var memory: TargetMemory?
    let group: TargetGroup?
    let rule: RetryRule
    /// Requests that the route's retry budget does not know of yet.
    private var asked = 0
    private var random = LoopRandom()
    /// By the group's numbers.
    private var line: [Int: Waiter] = [:]
    /// Requests that wait at some target for a first byte. One roster for all targets: where there are many, those of single
    /// ones would be out of the processor's caches at each request.
    var waiting = Roster<RoundTrip>()
    private let link: LaneLink
    private var departureListener: Int?

    init(_ route: ProxyRoute, proxy: ProxyLoop, eventLoop: TransportLoop, loopIndex: Int) {
        self.route = route
        self.proxy = proxy
        self.eventLoop = eventLoop
        chooser = TargetChooser(
            route.targets, strategy: route.settings.strategy, ring: route.ring,
            loadBound: route.settings.hashBalanceFactor.map { $0 / 100 }, loopIndex: loopIndex)
        posts = route.targets.enumerated().map { index, target in
            TargetPost(target, index: index, loopIndex: loopIndex) { [unowned proxy] in proxy.makePool(for: target) }
        }
        memory = TargetMemory(posts)
        group = route.targets.first?.state.group
        rule = route.retryRule
        link = LaneLink(eventLoop)
        link.lane = self
        let link = link
        departureListener = group?.onDeparture { state, departure in link.run { $0.departs(state, departure) } }
    }

    deinit { if let departureListener { group?.removeListener(departureListener) } }

    /// What the strategy goes by, of this request.
    func key(of exchange: Exchange) -> UInt64 {
        guard let key = route.balancingKey else { return 0 }
        return key.place(of: exchange)
    }

    /// The next request is likely to go there.
    func prefetchUpcoming() {
        if memory != nil, let upcoming = chooser.upcoming { memory?.prefetch(upcoming) }
    }

    func luck() -> Double { random.fraction() }

    // MARK: The budget

    func noteRequest() { asked += 1 }

    /// Whether the route may cause one more retry; `finish` of its budget follows.
    func takeRetry(_ now: MonotonicTime) -> Bool {
        defer { asked = 0 }
        return route.budget.take(after: asked, now)
    }

    private func tellBudget(_ now: MonotonicTime) {
        guard asked > 0 else { return }
        route.budget.note(asked, now)
        asked = 0
    }

    // MARK: The line

    var hasLimits: Bool { route.hasLimits }

    func joinLine(_ trip: RoundTrip) -> TargetGroup.Joined {
        guard let group, let exchange = trip.exchange else { return .full }
        let link = link
        let route = route
        let ticket = LineTicket()
        let now = exchange.loop.coarseNow
        let joined = group.join(
            limit: route.settings.queue.size, takes: { route.has($0) },
            admit: { chooser.pick(key: key(of: exchange), now: now).permit() },
            giveBack: { chooser.end($0, .neutral, now: now) },
            wake: { state in
                link.run {
                    $0.madeRoom(for: ticket, at: state)
                } ifGone: {
                    state.giveBack()
                }
            })
        switch consume joined {
        case .admitted(let permit): return .admitted(permit)
        case .full: return .full
        case .waiting(let number):
            ticket.number = number
            trip.lineNumber = number
            let deadline = MonotonicTime.now() + Interval(route.settings.queue.maxWait)
            line[number] = Waiter(trip: trip, deadline: deadline)
            return .waiting(number: number)
        }
    }

    func leaveLine(_ trip: RoundTrip) {
        line[trip.lineNumber] = nil
        _ = group?.leave(trip.lineNumber)
        trip.lineNumber = 0
    }

    private func madeRoom(for ticket: LineTicket, at state: TargetState) {
        guard let waiter = line.removeValue(forKey: ticket.number), let permit = chooser.take(over: state) else {
            return state.giveBack()
        }
        waiter.trip.leaveLine(to: permit)
    }

    private func tickLine(_ now: MonotonicTime) {
        guard let group, !line.isEmpty else { return }
        for (number, waiter) in line where now > waiter.deadline && group.leave(number) {
            line[number] = nil
            waiter.trip.waitedTooLong()
        }
        // A target that came back has room that nobody made.
        for (number, waiter) in line.sorted(by: { $0.key < $1.key }) {
            guard let exchange = waiter.trip.exchange,
                let permit = chooser.pick(key: key(of: exchange), now: now).permit()
            else { return }
            guard group.leave(number) else {
                chooser.end(permit, .neutral, now: now)
                continue
            }
            line[number] = nil
            waiter.trip.leaveLine(to: permit)
        }
    }

    // MARK: Time

    /// True while there is something to watch.
    func tick(_ now: MonotonicTime) -> Bool {
        tellBudget(now)
        chooser.tick(now)
        var isBusy = !line.isEmpty
        for post in posts where post.tick(now) { isBusy = true }
        lookForSilence(now)
        tickLine(now)
        return isBusy || !waiting.isEmpty
    }

    func closeIdle() { for post in posts { post.closeIdle() } }
}
