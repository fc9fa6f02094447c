// The HTTP/1.1 connections of one event loop to one target: idle ones, newest first, and the opening of new ones. A
// connection is handed out only if its backend has not closed it.
import NIOCore
import PorticoCore

final class HTTP1Pool: UpstreamPool {
    private let endpoint: Endpoint
    /// Newest last.
    private var idle: [UpstreamConnection] = []
    private var all = Roster<UpstreamConnection>()
    /// How many may idle here, of those that the process may keep; and how many did since the last tick.
    private var permits = 0
    private var mostIdle = 0
    private var patience = LearnedPatience()

    init(eventLoop: any EventLoop, endpoint: Endpoint) {
        self.endpoint = endpoint
        super.init(eventLoop: eventLoop)
    }

    deinit { endpoint.idlePermits.giveBack(permits) }

    var isSecure: Bool { endpoint.tls != nil }

    override var openCount: Int { all.count }

    override var idleCount: Int { idle.count }

    // MARK: Handing out

    /// The kernel is asked even of a connection that was used just now where `carefully` says so.
    override func take(carefully: Bool) -> UpstreamStream? {
        if all.isEmpty { now = .now() }
        while let connection = idle.popLast() {
            if isUsable(connection),
                carefully ? mayCarryOnce(connection) : isFresh(connection) || connection.state.isOpen
            {
                connection.idleAge = now - connection.idleSince
                return connection
            }
            connection.cancel()
        }
        return nil
    }

    private func isFresh(_ connection: UpstreamConnection) -> Bool {
        now - connection.idleSince <= .milliseconds(250)
    }

    /// Whether what must not be sent twice may be sent here.
    private func mayCarryOnce(_ connection: UpstreamConnection) -> Bool {
        let now = MonotonicTime.now()
        guard patience.bears(now - connection.idleSince, now: now), connection.state.isOpen else { return false }
        connection.watchAcknowledgements()
        return true
    }

    private func isUsable(_ connection: UpstreamConnection) -> Bool {
        now - connection.idleSince < idleLimit(connection) && now - connection.opened < endpoint.maxLifetime
    }

    /// The backend's own limit less a second, when it told one; else ours, which is below what backends use.
    private func idleLimit(_ connection: UpstreamConnection) -> Interval {
        guard let hint = connection.keepAliveHint else { return endpoint.idleTimeout }
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
        guard idleLimit(connection) > .zero, now - connection.opened < endpoint.maxLifetime, hasRoom else {
            return connection.cancel()
        }
        connection.idleSince = .now()
        idle.append(connection)
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
        let count = idle.count
        idle.removeAll { $0 === connection }
        if idle.count < count {
            let now = MonotonicTime.now()
            patience.closed(afterIdling: now - connection.idleSince, now: now)
        }
        connection.cancel()
    }

    func opened(_ connection: UpstreamConnection) { all.join(connection) }

    func closed(_ connection: UpstreamConnection) { all.leave(connection) }

    // MARK: Time

    override func tick(_ now: MonotonicTime) {
        self.now = now
        if case .name(let name) = endpoint.place, !all.isEmpty { name.refresh(now) }
        closeAged()
        for connection in all.members where connection.rosterPlace >= 0 { connection.sweep(now) }
        returnPermits()
    }

    private func closeAged() {
        let aged = idle.filter { !isUsable($0) }
        guard !aged.isEmpty else { return }
        idle.removeAll { !isUsable($0) }
        for connection in aged { connection.cancel() }
    }

    /// What was not needed since the last tick may serve another loop.
    private func returnPermits() {
        if permits > mostIdle { endpoint.idlePermits.giveBack(permits - mostIdle) }
        permits = min(permits, mostIdle)
        mostIdle = idle.count
    }

    override func closeIdle() {
        let closing = idle
        idle = []
        for connection in closing { connection.cancel() }
    }
}
