// The HTTP/2 connections of one event loop to one target: as few as will do. A further one is opened when the streams of all
// are taken.
import NIOCore
import PorticoCore
import PorticoTransport

final class HTTP2Pool: UpstreamPool {
    typealias Done = (Result<UpstreamStream, PorticoError>) -> Void

    let endpoint: Endpoint
    private var connections: [HTTP2Upstream] = []
    private var waiting: [Done] = []
    private var isOpening = false
    /// A stream was refused in this turn of the loop: the GOAWAY that may be behind it has not reached the connection yet.
    private var isSettling = false

    init(eventLoop: TransportLoop, endpoint: Endpoint) {
        self.endpoint = endpoint
        super.init(eventLoop: eventLoop)
    }

    override var openCount: Int { connections.count + (isOpening ? 1 : 0) }

    /// A stream is never at hand: it takes a turn of the loop to open one.
    override func take(carefully: Bool) -> UpstreamStream? { nil }

    override func connect(_ done: @escaping Done) {
        if isSettling { return eventLoop.assumeIsolated().execute { self.connect(done) } }
        if connections.isEmpty { now = .now() }
        if let connection = connections.last(where: \.hasRoom) { return connection.open(done) }
        waiting.append(done)
        openConnection()
    }

    private func openConnection() {
        guard !isOpening else { return }
        isOpening = true
        Opening.start(endpoint, on: eventLoop) { outcome in
            self.isOpening = false
            switch outcome.flatMap(self.furnish) {
            case .success(let connection): self.serve(over: connection)
            case .failure(let error): self.failWaiting(error)
            }
        }
    }

    private func furnish(_ channel: any Channel) -> Result<HTTP2Upstream, PorticoError> {
        do {
            let connection = try HTTP2Upstream.furnish(channel, pool: self)
            // One that closed while it was furnished would never leave.
            guard channel.isActive else { throw ChannelError.ioOnClosedChannel }
            connections.append(connection)
            return .success(connection)
        } catch {
            channel.close(promise: nil)
            return .failure(PorticoError(.connectRefused, side: .upstream, retry: .yes, cause: "\(error)"))
        }
    }

    private func serve(over connection: HTTP2Upstream) {
        var served = 0
        while served < waiting.count, connection.hasRoom {
            connection.open(waiting[served])
            served += 1
        }
        // One that closes at once must not be tried for ever.
        if served == 0 {
            return failWaiting(PorticoError(.connectionReset, side: .upstream, retry: .yes, cause: "closed at once"))
        }
        waiting.removeFirst(served)
        if !waiting.isEmpty { openConnection() }
    }

    private func failWaiting(_ error: PorticoError) {
        let failed = waiting
        waiting = []
        for done in failed { done(.failure(error)) }
    }

    func noteRefusal() {
        guard !isSettling else { return }
        isSettling = true
        eventLoop.assumeIsolated().execute { self.isSettling = false }
    }

    func closed(_ connection: HTTP2Upstream) { connections.removeAll { $0 === connection } }

    override func tick(_ now: MonotonicTime) {
        self.now = now
        if case .name(let name) = endpoint.place, !connections.isEmpty { name.refresh(now) }
        for connection in connections { connection.sweep(now) }
    }

    override func closeIdle() { for connection in connections { connection.closeIfIdle() } }
}
