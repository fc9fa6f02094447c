// The HTTP/1.1 connections of one event loop to one target: idle ones, newest first, and the opening of new ones. A
// connection is handed out only if its backend has not closed it.
import NIOCore
import PorticoCore
import PorticoTransport

final class HTTP1Pool: UpstreamPool {
    // What each request needs comes first and lies together, copies of the endpoint's limits with it: where requests take
    // turns at many targets, every line of memory that one of them touches has to be fetched.
    private var idle = IdleStack<UpstreamConnection>()
    private let idleTimeout: Interval
    private let maxLifetime: Interval
    /// How many may idle here, of those that the process may keep; and how many did since the last tick.
    private var permits = 0
    private var mostIdle = 0
    private var patience = LearnedPatience()
    private var all = Roster<UpstreamConnection>()
    /// To be kept fresh while there are connections.
    private let name: ResolvedName?
    private let endpoint: Endpoint
    let spareHead: SpareHead

    init(eventLoop: TransportLoop, endpoint: Endpoint, spareHead: SpareHead) {
        self.endpoint = endpoint
        self.spareHead = spareHead
        idleTimeout = endpoint.idleTimeout
        maxLifetime = endpoint.maxLifetime
        if case .name(let name) = endpoint.place { self.name = name } else { name = nil }
        super.init(eventLoop: eventLoop)
    }

    deinit { endpoint.idlePermits.giveBack(permits) }

    var isSecure: Bool { endpoint.tls != nil }

    override var openCount: Int { all.count }

    override var idleCount: Int { idle.count }

    // MARK: Handing out

    /// The kernel is asked even of a connection that was used just now where `carefully` says so.
    override func take(carefully: Bool) -> UpstreamStream? {
        while let entry = idle.pop() {
            let connection = entry.member
            if now < entry.end,
                carefully ? mayCarryOnce(entry) : now - entry.since <= Self.fresh || connection.state.isOpen
            {
                connection.idleAge = now - entry.since
                return connection
            }
            connection.cancel()
        }
        return nil
    }

    private static let fresh = Interval.milliseconds(250)

    /// Whether what must not be sent twice may be sent here.
    private func mayCarryOnce(_ entry: IdleStack<UpstreamConnection>.Entry) -> Bool {
        let now = MonotonicTime.now()
        guard patience.bears(now - entry.since, now: now), entry.member.state.isOpen else { return false }
        entry.member.watchCounts()
        return true
    }

    /// The backend's own limit less a second, when it told one; else ours, which is below what backends use.
    private func idleLimit(_ connection: UpstreamConnection) -> Interval {
        guard let hint = connection.keepAliveHint else { return idleTimeout }
        return max(.zero, hint - .seconds(1))
    }

    override func connect(_ done: @escaping (Result<UpstreamStream, PorticoError>) -> Void) {
        if all.isEmpty { now = .now() }
        Opening.start(endpoint, on: eventLoop) { outcome in
            done(outcome.flatMap(self.furnish))
        }
    }

    private func furnish(_ channel: any Channel) -> Result<UpstreamStream, PorticoError> {
        let connection = UpstreamConnection(pool: self)
        do {
            try channel.pipeline.syncOperations.addHandler(connection)
            return .success(connection)
        } catch {
            channel.close(promise: nil)
            return .failure(PorticoError(.connectRefused, side: .upstream, retry: .yes))
        }
    }

    // MARK: Coming back

    func putBack(_ connection: UpstreamConnection) {
        if connection.idleAge > .zero { patience.answered(afterIdling: connection.idleAge) }
        let limit = idleLimit(connection)
        let lifeEnd = connection.opened + maxLifetime
        guard limit > .zero, now < lifeEnd, hasRoom else { return connection.cancel() }
        let since = MonotonicTime.now()
        idle.push(connection, since: since, end: min(since + limit, lifeEnd))
        mostIdle = max(mostIdle, idle.count)
    }

    private var hasRoom: Bool {
        if idle.count < permits { return true }
        guard endpoint.idlePermits.take() else { return false }
        permits += 1
        return true
    }

    /// An idle connection that its backend closed or spoke on unasked.
    func discard(_ connection: UpstreamConnection) {
        if let entry = idle.remove(connection) {
            let now = MonotonicTime.now()
            patience.closed(afterIdling: now - entry.since, now: now)
        }
        connection.cancel()
    }

    func opened(_ connection: UpstreamConnection) { all.join(connection) }

    func closed(_ connection: UpstreamConnection) { all.leave(connection) }

    // MARK: Time

    override func tick(_ now: MonotonicTime) {
        self.now = now
        if let name, !all.isEmpty { name.refresh(now) }
        for connection in idle.removeEnded(now) { connection.cancel() }
        // Those that idle wait for nothing.
        if all.count > idle.count {
            for connection in all.members where connection.rosterPlace >= 0 { connection.sweep(now) }
        }
        returnPermits()
    }

    /// What was not needed since the last tick may serve another loop.
    private func returnPermits() {
        if permits > mostIdle { endpoint.idlePermits.giveBack(permits - mostIdle) }
        permits = min(permits, mostIdle)
        mostIdle = idle.count
    }

    override func closeIdle() {
        for entry in idle.removeAll() { entry.member.cancel() }
    }
}
