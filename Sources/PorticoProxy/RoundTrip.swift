// One proxied exchange: pick a target, get a connection, forward, relay, finish. It joins an `Exchange` and an
// `UpstreamStream` and lets neither run ahead of the other. Confined to its event loop.
import NIOCore
import PorticoConfig
import PorticoCore
import PorticoHTTP
import PorticoUpstream

final class RoundTrip: ExchangeDriver, ResponseReceiver {
    /// Nil once the exchange is over.
    private var exchange: Exchange?
    private let route: ProxyRoute
    private let prefixLength: Int
    private let trustsPeer: Bool
    private let upgrades: Bool
    private unowned let proxy: ProxyLoop
    private var connection: UpstreamStream?
    private var targetIndex = 0
    /// Held while a target has the request.
    private var permit: TargetPermit?
    private var latency: Interval?
    private var tries = 0
    private var hasReplayed = false
    private var isRequestComplete: Bool
    private var hasAnswered = false
    private var sentAt = MonotonicTime(nanoseconds: 0)
    /// What was sent of the body, for another try; nil when it is too much to keep.
    private var replay: [ByteBuffer]?
    private var replaySize = 0
    private let isIdempotent: Bool
    private var trailers: ByteBuffer?
    /// Where the answer is compressed on its way.
    private var encoder: AnswerEncoder?

    static let replayLimit = 64 << 10

    init(
        _ exchange: Exchange, route: ProxyRoute, prefixLength: Int, trustsPeer: Bool, proxy: ProxyLoop
    ) {
        self.exchange = exchange
        self.route = route
        self.prefixLength = prefixLength
        self.trustsPeer = trustsPeer
        self.proxy = proxy
        upgrades = !route.settings.protocol.isHTTP2 && WebSocketHandshake.mayUpgrade(exchange.head)
        isRequestComplete = !exchange.head.hasBody
        isIdempotent = exchange.head.method.isIdempotent && !upgrades
        replay = upgrades ? nil : []
    }

    // MARK: Pick and connect

    func start(at index: Int) {
        targetIndex = index
        attempt(fresh: false)
    }

    private func attempt(fresh: Bool) {
        guard let exchange else { return }
        let target = route.targets[targetIndex]
        if !fresh {
            tries += 1
            permit = TargetPermit.ask(target.state, now: .now())
            // Another request took the last place of a half-open breaker.
            if permit == nil {
                return upstreamFailed(PorticoError(.noTarget, side: .internal, retry: .yes))
            }
        }
        exchange.record.attempts += 1
        exchange.record.target = target.label
        let pool = proxy.pool(for: target, of: route)
        if !fresh, let idle = pool.take(carefully: !isIdempotent || replay == nil) {
            return forward(over: idle, to: target)
        }
        // Until there is a connection, the client is watched all the same.
        exchange.driver = self
        if !isRequestComplete { exchange.pauseBody() }
        pool.connect { result in
            switch result {
            case .success(let connection): self.forward(over: connection, to: target)
            case .failure(let error): self.upstreamFailed(error)
            }
        }
    }

    // MARK: Forward

    private func forward(over connection: UpstreamStream, to target: Target) {
        guard let exchange else { return connection.release() }
        self.connection = connection
        sentAt = .now()
        var out = exchange.loop.takeOutput()
        ForwardedRequest(
            exchange: exchange, route: route, target: target, prefixLength: prefixLength, trustsPeer: trustsPeer,
            upgrades: upgrades
        ).write(to: &out)
        connection.begin(
            out, method: exchange.head.method, framing: exchange.head.framing, timeout: route.timeout,
            idleTimeout: route.idleTimeout,
            for: self)
        for bytes in replay ?? [] { connection.send(bytes) }
        if isRequestComplete { connection.endRequest(trailers: trailers) }
        connection.flush()
        exchange.loop.giveBack(out)
        exchange.receiveBody(self)
    }

    func bodyReceived(_ bytes: ByteBuffer) {
        guard let connection else { return }
        remember(bytes)
        connection.send(bytes)
        connection.extendDeadline(route.timeout)
        connection.flush()
        if !connection.isWritable { exchange?.pauseBody() }
    }

    func bodyEnded(trailers: ByteBuffer?) {
        isRequestComplete = true
        self.trailers = TrailerSection.forwardable(trailers)
        guard let connection else { return }
        connection.endRequest(trailers: self.trailers)
        connection.extendDeadline(route.timeout)
        connection.flush()
    }

    private func remember(_ bytes: ByteBuffer) {
        guard replay != nil else { return }
        replaySize += bytes.readableBytes
        if replaySize > Self.replayLimit { replay = nil } else { replay?.append(bytes) }
    }

    // MARK: Relay

    func interimReceived(_ head: ResponseHeadView) {
        guard let exchange else { return }
        // A 100 that nobody waits for says nothing.
        if head.status == 100, !exchange.head.expectsContinue { return }
        var fields = ByteBuffer()
        RelayedResponse.writeFields(of: head, to: &fields)
        exchange.sendInterim(status: head.status, fields: fields)
    }

    func responseStarted(_ head: ResponseHeadView) {
        guard let exchange else { return }
        if head.status == 101, !upgrades {
            connection?.cancel()
            return upstreamFailed(PorticoError(.invalidResponse, side: .upstream, cause: "unasked 101"))
        }
        hasAnswered = true
        replay = nil
        // An answer before its request is complete ends the upload, and with it the client's connection.
        if !isRequestComplete { exchange.head.keepAlive = false }
        let latency = MonotonicTime.now() - sentAt
        self.latency = latency
        exchange.record.upstreamNanoseconds = latency.nanoseconds
        encoder = proxy.relay(head, to: exchange, of: route)
        if head.status == 101 { switchProtocols(exchange, to: head) }
    }

    /// The rest is no HTTP, and no longer ours.
    private func switchProtocols(_ exchange: Exchange, to head: ResponseHeadView) {
        guard let connection else { return }
        self.exchange = nil
        self.connection = nil
        let isWebSocket = head.fields.list(.upgrade, contains: "websocket")
        // The stream may last for hours; that the target works is shown now.
        permit?.judge(.success, latency: latency)
        UpgradedStream(exchange, connection, isWebSocket: isWebSocket, permit: permit.take())
            .start(idleTimeout: route.streamIdleTimeout)
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

    func responsePaused() {
        guard let exchange else { return }
        encoder?.flush(to: exchange)
        exchange.flush()
    }

    // MARK: Back-pressure

    func upstreamWritable() { exchange?.resumeBody() }

    func clientWritable() { connection?.resume() }

    // MARK: Finish

    func responseEnded(trailers: ByteBuffer?) {
        guard let exchange else { return }
        permit.take()?.end(RequestOutcome(status: exchange.record.status), latency: latency)
        let ended = connection
        connection = nil
        self.exchange = nil
        if isRequestComplete { ended?.release() } else { ended?.cancel() }
        if let encoder, !encoder.finish(to: exchange) { return exchange.abort() }
        let wantsTrailers = exchange.head.version == .http2 || exchange.head.fields.list(.te, contains: "trailers")
        exchange.finish(trailers: wantsTrailers ? TrailerSection.forwardable(trailers) : nil)
    }

    func upstreamFailed(_ error: PorticoError) {
        connection = nil
        guard let exchange else { return }
        guard !hasAnswered else {
            permit.take()?.end(RequestOutcome(error))
            exchange.record.reason = error.kind.reason
            self.exchange = nil
            return exchange.abort()
        }
        let other = RoundRobin(count: route.targets.count).alternative(to: targetIndex, afterTries: tries)
        switch RetryRule.decide(
            error, isIdempotent: isIdempotent, isAtHand: replay != nil, hasReplayed: hasReplayed,
            hasOtherTarget: other != nil)
        {
        case .freshConnection:
            hasReplayed = true
            attempt(fresh: true)
        case .anotherTarget:
            permit.take()?.end(RequestOutcome(error))
            targetIndex = other ?? targetIndex
            attempt(fresh: false)
        case .giveUp:
            permit.take()?.end(RequestOutcome(error))
            self.exchange = nil
            GatewayFailure.answer(exchange, error, of: route)
        }
    }

    func clientFailed(_ error: PorticoError) {
        exchange = nil
        permit.take()?.end(.neutral)
        connection?.cancel()
        connection = nil
    }
}
