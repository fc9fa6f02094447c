// One proxied exchange: forward, relay, finish. It joins an `Exchange` and an `UpstreamStream` and lets neither run ahead of
// the other. Which target it goes to is in RoundTrip+Pick.swift, what follows a failure in RoundTrip+Retry.swift. Confined
// to its event loop.
import NIOCore
import PorticoConfig
import PorticoCore
import PorticoHTTP
import PorticoUpstream

final class RoundTrip: ExchangeDriver, ResponseReceiver, RosterMember {
    /// The client's connection uses it again once `isOver`. It never changes: what does must be held and let go at each use.
    private let client: Exchange
    private var isOver = false
    let lane: RouteLane
    private let prefixLength: Int
    private let trustsPeer: Bool
    private let upgrades: Bool

    /// Held while a target has the request.
    private var permit: TargetPermit?
    // SAFETY: one of the lane's, which keeps them as long as it lives.
    private(set) unowned(unsafe) var post: TargetPost?
    /// Its place among the lane's requests that wait for a first byte, this one from `post`; -1: it does not.
    var rosterPlace = -1
    /// Its number while it waits for room at any target.
    var lineNumber = 0
    var linedUpAt = MonotonicTime.never
    var connection: UpstreamStream?
    /// Tells a connection that comes about, or a pause that is over, whether it is still wanted.
    var attemptNumber = 0
    /// Since when the target has it, or has all of it; of the answer's latency.
    private(set) var sentAt = MonotonicTime.never

    /// The target that the client's cookie names.
    var preferred: Int?
    var hasReplayed = false
    var retries = 0
    var moves = 0
    /// Targets that are not asked again.
    var tried: [Int] = []
    /// What was sent of the body, for another try, in memory of its own; nil when it is too much to keep.
    private(set) var replay: ByteBuffer?
    private let isIdempotent: Bool

    private(set) var isRequestComplete: Bool
    private(set) var hasAnswered = false
    private var latency: Interval?
    private var trailers: ByteBuffer?
    /// Where the answer is compressed on its way.
    private var encoder: AnswerEncoder?

    static let replayLimit = 64 << 10

    init(_ exchange: Exchange, lane: RouteLane, prefixLength: Int, trustsPeer: Bool) {
        client = exchange
        self.lane = lane
        self.prefixLength = prefixLength
        self.trustsPeer = trustsPeer
        upgrades = !lane.route.settings.protocol.isHTTP2 && WebSocketHandshake.mayUpgrade(exchange.head)
        isRequestComplete = !exchange.head.hasBody
        isIdempotent = exchange.head.method.isIdempotent && !upgrades
        replay = upgrades ? nil : ByteBuffer()
        exchange.record.queueNanoseconds = 0
        TraceContext.start(exchange)
    }

    deinit { endPermit(.neutral) }

    /// Nil once the exchange is over.
    var exchange: Exchange? { isOver ? nil : client }

    /// It may be sent twice, and can be.
    var isReplayable: Bool { isIdempotent && replay != nil }

    // MARK: Connect

    func attempt(with permit: consuming TargetPermit) {
        hold(permit)
        connect(fresh: false)
    }

    func hold(_ permit: consuming TargetPermit) {
        let post = lane.posts[permit.index]
        self.permit = consume permit
        self.post = post
        guard let exchange else { return }
        exchange.record.target = post.target.label
        exchange.record.breaker = post.target.state.breakerStanding
    }

    /// `fresh`: not over a connection that was used before.
    func connect(fresh: Bool) {
        guard let exchange, let post else { return }
        attemptNumber += 1
        exchange.record.attempts += 1
        exchange.record.upstreamNanoseconds = -1
        exchange.record.connectNanoseconds = 0
        if let trail = exchange.trail { trail.begin(post.target) }
        if !fresh, let idle = post.pool.take(carefully: !isReplayable) { return forward(over: idle, to: post) }
        sentAt = .now()
        exchange.record.connectNanoseconds = -1
        lane.waiting.join(self)
        awaitQuietly()
        let number = attemptNumber
        post.pool.connect { result in
            switch result {
            case .success(let connection) where self.attemptNumber == number: self.forward(over: connection, to: post)
            case .success(let connection): connection.release()
            case .failure(let error): if self.attemptNumber == number { self.upstreamFailed(error) }
            }
        }
    }

    /// Until there is a connection, the client is watched all the same.
    func awaitQuietly() {
        exchange?.driver = self
        if !isRequestComplete { exchange?.pauseBody() }
    }

    // MARK: Forward

    private func forward(over connection: UpstreamStream, to post: TargetPost) {
        guard let exchange else { return connection.release() }
        self.connection = connection
        lane.memory?.note(post.index, post.pool, connection)
        let now = MonotonicTime.now()
        if exchange.record.connectNanoseconds < 0 { exchange.record.connectNanoseconds = (now - sentAt).nanoseconds }
        sentAt = now
        lane.waiting.join(self)
        let route = lane.route
        var out = exchange.loop.takeOutput()
        ForwardedRequest(
            exchange: exchange, route: route, target: post.target, prefixLength: prefixLength, trustsPeer: trustsPeer,
            upgrades: upgrades
        ).write(to: &out)
        if let trail = exchange.trail { out.withUnsafeReadableBytes { trail.sent($0) } }
        connection.begin(
            out, method: exchange.head.method, framing: exchange.head.framing, timeout: route.timeout,
            idleTimeout: route.idleTimeout, for: self)
        if let replay, replay.readableBytes > 0 { connection.send(replay) }
        if isRequestComplete { connection.endRequest(trailers: trailers) }
        connection.flush()
        exchange.loop.giveBack(out)
        // Sending may show that the connection is gone, and then what follows from that is under way.
        if self.connection === connection { exchange.receiveBody(self) }
    }

    func bodyReceived(_ bytes: ByteBuffer) {
        guard let connection else { return }
        remember(bytes)
        connection.send(bytes)
        connection.extendDeadline(lane.route.timeout)
        connection.flush()
        if self.connection === connection, !connection.isWritable { exchange?.pauseBody() }
    }

    func bodyEnded(trailers: ByteBuffer?) {
        isRequestComplete = true
        self.trailers = TrailerSection.forwardable(trailers)
        guard let connection else { return }
        sentAt = .now()
        connection.endRequest(trailers: self.trailers)
        connection.extendDeadline(lane.route.timeout)
        connection.flush()
    }

    private func remember(_ bytes: ByteBuffer) {
        guard let kept = replay?.readableBytes else { return }
        if kept + bytes.readableBytes > Self.replayLimit {
            replay = nil
        } else {
            replay?.writeImmutableBuffer(bytes)
        }
    }

    // MARK: Relay

    func interimReceived(_ head: ResponseHeadView) {
        guard let exchange else { return }
        // A 100 that nobody waits for says nothing.
        if head.status == 100, !exchange.head.expectsContinue { return }
        // Nor is it worth the memory to keep others for a client that does not read.
        guard exchange.isWritable else { return }
        // Once something of an answer has reached the client, all of it comes from there.
        replay = nil
        var fields = ByteBuffer()
        fields.compose { RelayedResponse.writeFields(of: head, to: &$0) }
        exchange.sendInterim(status: head.status, fields: fields)
    }

    func responseStarted(_ head: ResponseHeadView) {
        guard let exchange else { return }
        if head.status == 101, !upgrades {
            connection?.cancel()
            return upstreamFailed(PorticoError(.invalidResponse, side: .upstream, cause: "unasked 101"))
        }
        if let index = permit?.index { lane.memory?.prefetch(index) }
        let now = MonotonicTime.now()
        let latency = now - sentAt
        lane.waiting.leave(self)
        post?.answered(after: latency, now)
        exchange.trail?.answered(head.status)
        if head.status >= 500, retries(afterStatus: head.status) { return }
        hasAnswered = true
        replay = nil
        settleRetries()
        // An answer before its request is complete ends the upload, and with it the client's connection.
        if !isRequestComplete { exchange.head.keepAlive = false }
        self.latency = latency
        exchange.record.upstreamNanoseconds = latency.nanoseconds
        exchange.record.headAt = now
        if head.status >= 500 { exchange.record.reason = .upstreamError }
        encoder = lane.proxy.relay(head, to: exchange, of: lane.route, cookie: stickyLine(exchange))
        if head.status == 101 { switchProtocols(exchange, to: head) }
    }

    /// The rest is no HTTP, and no longer ours.
    private func switchProtocols(_ exchange: Exchange, to head: ResponseHeadView) {
        guard let connection, let post else { return }
        self.connection = nil
        let isWebSocket = head.fields.list(.upgrade, contains: "websocket")
        // The stream may last for hours; that the target works is shown now.
        permit?.judge(.success, latency: latency)
        let stream = UpgradedStream(
            exchange, connection, isWebSocket: isWebSocket, permit: permit.take(), post: post, lane: lane)
        finish(.neutral)
        stream.start(idleTimeout: lane.route.streamIdleTimeout)
    }

    /// The client's cookie names another target than this one, or none.
    private func stickyLine(_ exchange: Exchange) -> [UInt8]? {
        guard let sticky = lane.route.sticky, let index = post?.index, index != preferred else { return nil }
        return sticky.line(for: index, isSecure: exchange.isSecure)
    }

    func responseBody(_ bytes: ByteBuffer) {
        guard let exchange else { return }
        if let encoder {
            encoder.send(bytes, to: exchange)
        } else {
            exchange.send(bytes)
        }
        if !exchange.isWritable { connection?.pause() }
    }

    func relayBody(from socket: CInt, upTo count: Int) -> Int? {
        guard let exchange, encoder == nil else { return nil }
        let moved = exchange.relay(from: socket, upTo: count)
        if !exchange.isWritable { connection?.pause() }
        return moved
    }

    func responsePaused() {
        guard let exchange else { return }
        encoder?.flush(to: exchange)
        exchange.flush()
    }

    // MARK: Back-pressure

    func upstreamWritable() { exchange?.resumeBody() }

    func clientWritable() {
        if exchange?.isWritable == true { connection?.resume() }
    }

    // MARK: Finish

    func responseEnded(trailers: ByteBuffer?) {
        guard let exchange else { return }
        let ended = connection
        connection = nil
        finish(RequestOutcome(status: exchange.record.status))
        if isRequestComplete { ended?.release() } else { ended?.cancel() }
        if let encoder, !encoder.finish(to: exchange) { return exchange.abort() }
        let wantsTrailers = exchange.head.version == .http2 || exchange.head.fields.list(.te, contains: "trailers")
        exchange.finish(trailers: wantsTrailers ? TrailerSection.forwardable(trailers) : nil)
    }

    /// The backend broke off in the middle of its answer: the client sees that it did.
    func cut(_ error: PorticoError) {
        guard let exchange else { return }
        finish(RequestOutcome(error))
        exchange.note(error)
        exchange.abort()
    }

    /// No target gave an answer.
    func giveUp(_ error: PorticoError) {
        guard let exchange else { return }
        finish(RequestOutcome(error))
        GatewayFailure.answer(exchange, error, of: lane.route)
    }

    func clientFailed(_ error: PorticoError) {
        let left = connection
        connection = nil
        finish(.neutral)
        left?.cancel()
    }

    /// The exchange is over for us, well or not.
    private func finish(_ outcome: RequestOutcome) {
        guard !isOver else { return }
        attemptNumber += 1
        endPermit(outcome)
        if !hasAnswered { settleRetries() }
        if lineNumber > 0 {
            noteWait()
            lane.leaveLine(self)
        }
        isOver = true
    }

    /// The budget counts retries until there is an answer; how long that lasts is nobody's trouble.
    private func settleRetries() {
        for _ in 0..<retries { lane.route.budget.finish() }
    }

    /// The target is done with the request, or the request with the target.
    func endPermit(_ outcome: RequestOutcome) {
        lane.waiting.leave(self)
        guard let permit = permit.take() else { return }
        lane.chooser.end(permit, outcome, latency: latency, now: exchange?.loop.coarseNow ?? .now())
    }
}
