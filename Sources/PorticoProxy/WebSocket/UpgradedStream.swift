// What a round trip becomes after 101: bytes pass both ways as they come, each side held back by the other, each half
// closed by itself. Of a WebSocket it follows the frames, so that what we end ourselves ends with a Close. Confined to its
// event loop.
import NIOCore
import PorticoCore
import PorticoHTTP
import PorticoTransport
import PorticoUpstream

final class UpgradedStream: ExchangeDriver, ResponseReceiver {
    /// Nil once the client's connection is over.
    private var exchange: Exchange?
    /// Nil once the backend's connection is over.
    private var connection: UpstreamStream?
    private var hasBackendEnded = false
    private let isWebSocket: Bool
    private let toClient: UpgradedWay
    private let toBackend: UpgradedWay
    /// Set while we end the stream ourselves.
    private var leaving: (code: WebSocketFrames.CloseCode, reason: StaticString)?
    private var patience: Scheduled<Void>?
    /// Keeps the stream among the target's running requests.
    private var permit: TargetPermit?
    /// Where the permit goes back to.
    private let lane: RouteLane
    private let post: TargetPost
    private var place: StreamPlace?

    /// How long the two sides may take to answer our Close.
    static let closingTime = TimeAmount.seconds(2)

    /// The 101 is written to `exchange` already.
    init(
        _ exchange: Exchange, _ connection: UpstreamStream, isWebSocket: Bool, permit: consuming TargetPermit?,
        post: TargetPost, lane: RouteLane
    ) {
        self.exchange = exchange
        self.connection = connection
        self.isWebSocket = isWebSocket
        toClient = UpgradedWay(isWebSocket: isWebSocket)
        toBackend = UpgradedWay(isWebSocket: isWebSocket)
        self.permit = permit
        self.lane = lane
        self.post = post
    }

    deinit { endPermit() }

    func start(idleTimeout: Interval) {
        exchange?.flush()
        connection?.becomeRaw(idleTimeout: idleTimeout, for: self)
        exchange?.receiveBody(self)
        openShortcuts()
        let place = StreamPlace(self)
        self.place = place
        post.add(place)
        if exchange?.loop.isDraining == true { serverStops() }
        if post.target.state.standing.contains(.draining) { targetDrains() }
    }

    /// From now on, what comes while neither side holds the other back passes this stream by.
    private func openShortcuts() {
        guard let toClient = exchange?.outlet, let toBackend = connection?.outlet,
            let client = toClient.plainSocket, let backend = toBackend.plainSocket
        else { return }
        // What an output holds, the shortcut would overtake: on a raw stream each piece is sent by itself.
        assert(toClient.holdsNothing && toBackend.holdsNothing)
        client.use(SocketShortcut(to: backend, followedBy: self.toBackend))
        backend.use(SocketShortcut(to: client, followedBy: self.toClient))
    }

    /// From now on every byte is looked at here.
    private func closeShortcuts() {
        exchange?.outlet?.plainSocket?.use(nil)
        connection?.outlet?.plainSocket?.use(nil)
    }

    /// Before the exchange is over: its record tells of what passed by, too.
    private func countPassed() {
        exchange?.record.bytesIn += toBackend.takePassedCount()
        exchange?.record.bytesOut += toClient.takePassedCount()
    }

    // MARK: From the client

    func bodyReceived(_ bytes: ByteBuffer) {
        guard leaving == nil, let connection else { return passLastToBackend(of: bytes) }
        toBackend.follow(bytes.readableBytesUInt8Span)
        connection.send(bytes)
        // Sending may show that it is gone.
        if self.connection === connection, !connection.isWritable { exchange?.pauseBody() }
    }

    /// Without a backend, the client's answer to our Close is awaited all the same.
    private func passLastToBackend(of bytes: ByteBuffer) {
        passLast(of: bytes, toBackend) { connection?.send($0) }
        if connection?.isWritable == false { exchange?.pauseBody() }
    }

    func bodyEnded(trailers: ByteBuffer?) { connection?.closeOutput() }

    func clientFailed(_ error: PorticoError) {
        countPassed()
        exchange = nil
        // A backend that was told to go may take its leave first.
        if leaving == nil || toClient.frames.hasClosed { endBackend() }
        finishIfOver()
    }

    func clientWritable() { connection?.resume() }

    // MARK: From the backend

    func responseBody(_ bytes: ByteBuffer) {
        guard leaving == nil, let exchange else { return passLastToClient(of: bytes) }
        toClient.follow(bytes.readableBytesUInt8Span)
        exchange.send(bytes)
        if !exchange.isWritable { connection?.pause() }
    }

    /// Without a client, the backend's answer to our Close is awaited all the same.
    private func passLastToClient(of bytes: ByteBuffer) {
        passLast(of: bytes, toClient) { exchange?.send($0) }
        if exchange?.isWritable == false { connection?.pause() }
    }

    func upstreamWritable() { exchange?.resumeBody() }

    /// The backend closed its half; the client may have something to say yet.
    func responseEnded(trailers: ByteBuffer?) {
        hasBackendEnded = true
        exchange?.finish(trailers: nil)
        // Behind our Close nothing more goes there.
        if exchange == nil || (leaving != nil && toBackend.isClosed) { endBackend() }
        finishIfOver()
    }

    func upstreamFailed(_ error: PorticoError) {
        connection = nil
        // It had said all it wanted to; what the client still says has nowhere to go.
        if hasBackendEnded { return finishIfOver() }
        if leaving == nil { exchange?.note(error) }
        // Within a frame nothing can be said: the client sees that it was cut.
        guard isWebSocket, toClient.isClosed || toClient.frames.isAtBoundary else { return cut() }
        if error.kind == .idleTimeout {
            leave(.goingAway, "idle for too long")
        } else {
            leave(.internalError, "backend lost")
        }
        finishIfOver()
    }

    /// Not called: the head is behind us.
    func interimReceived(_ head: ResponseHeadView) {}
    func responsePaused() {}
    func responseStarted(_ head: ResponseHeadView) {}

    // MARK: Ending it ourselves

    /// While we leave, a frame under way is passed to its end, and nothing behind it.
    private func passLast(of bytes: ByteBuffer, _ way: UpgradedWay, send: (ByteBuffer) -> Void) {
        var rest = bytes
        if !way.isClosed {
            let count = way.frames.advance(over: rest.readableBytesUInt8Span, stoppingAtBoundary: true)
            if let last = rest.readSlice(length: count) { send(last) }
            leaveFurther()
        }
        way.frames.advance(over: rest.readableBytesUInt8Span)
        leaveFurther()
    }

    /// Both sides are told. What is no WebSocket has until the server's own patience ends.
    func serverStops() { goAway(.serverStopping, "server is stopping") }

    /// An operator wants the target to be rid of it.
    func targetDrains() { goAway(.targetDraining, "target is draining") }

    private func goAway(_ reason: EndReason, _ text: StaticString) {
        guard isWebSocket, leaving == nil else { return }
        exchange?.record.reason = reason
        leave(.goingAway, text)
    }

    private func leave(_ code: WebSocketFrames.CloseCode, _ reason: StaticString) {
        if leaving == nil {
            leaving = (code, reason)
            closeShortcuts()
            patience = exchange?.loop.eventLoop.assumeIsolated().scheduleTask(in: Self.closingTime) { self.cut() }
        }
        leaveFurther()
    }

    /// Says Close where a frame has just ended, and closes the half of a side that has said its own.
    private func leaveFurther() {
        guard let (code, reason) = leaving else { return }
        if !toClient.isClosed, toClient.frames.isAtBoundary {
            toClient.isEnded = true
            exchange?.send(WebSocketFrames.close(code, reason, isMasked: false))
        }
        if !toBackend.isClosed, toBackend.frames.isAtBoundary {
            toBackend.isEnded = true
            connection?.send(WebSocketFrames.close(code, reason, isMasked: true))
        }
        if toClient.isClosed, toBackend.frames.hasClosed { exchange?.finish(trailers: nil) }
        if toBackend.isClosed, toClient.frames.hasClosed { connection?.closeOutput() }
    }

    /// Nobody is waited for any longer.
    private func cut() {
        countPassed()
        exchange?.abort()
        exchange = nil
        endBackend()
        finishIfOver()
    }

    private func endBackend() {
        connection?.cancel()
        connection = nil
    }

    private func finishIfOver() {
        guard exchange == nil, connection == nil else { return }
        patience?.cancel()
        endPermit()
    }

    private func endPermit() {
        if let place { post.remove(place) }
        guard let permit = permit.take() else { return }
        lane.chooser.end(permit, .neutral)
    }
}

/// A stream's place among those of its target. It keeps nothing alive: the stream leaves before it is gone.
final class StreamPlace: RosterMember {
    var rosterPlace = -1
    unowned let stream: UpgradedStream

    init(_ stream: UpgradedStream) { self.stream = stream }
}
