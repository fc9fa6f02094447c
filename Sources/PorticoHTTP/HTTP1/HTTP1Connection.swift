// One HTTP/1 connection of a client: cuts the byte stream into requests, one exchange at a time, in order. It owns
// reading, persistence and deadlines. The answer's bytes are written by HTTP1Exchange; what fields mean is decided in
// RequestRules.
import NIOCore
import PorticoCore
import PorticoTransport

/// `context` is set while the handler is in a pipeline; everything runs on the connection's event loop.
final class HTTP1Connection: ChannelInboundHandler, RemovableChannelHandler, SocketReader, SweptConnection {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = IOData

    /// Where the byte stream stands.
    enum Reading {
        /// Between requests or within a head.
        case head
        case body
        /// The request is complete, its answer is not.
        case complete
        /// After 101: bytes without frames.
        case raw
        /// The last answer is written; what still comes is dropped.
        case lingering
        case closed
    }

    /// What happens to body bytes.
    enum BodyDemand {
        case held, flowing, discarding
    }

    let loop: ServerLoop
    var context: ChannelHandlerContext?
    var socket: SocketChannel?
    /// Nil while the handler is in no pipeline.
    private(set) var output: SocketOutput?
    /// The current exchange, used again for each request; nil while the connection idles, to cost no memory.
    private(set) var exchange: HTTP1Exchange!
    var reading = Reading.head
    var demand = BodyDemand.held
    var input = ByteBuffer()
    /// Bytes of `input` in which no line end was found yet: a head is parsed again only when a line came in.
    private var scanned = 0
    var body = BodyReader(.none)
    private var isProcessing = false
    private var hasClientClosed = false
    private var isRawInputEnded = false
    private var isRawOutputClosed = false
    /// What our half had to say is written to its last byte.
    private var isOutputClosed = false
    private var servedCount = 0
    var deadline = MonotonicTime.never
    var writeProgress = WriteProgress()
    /// The file being sent and where its part ends.
    var sending: (file: OpenFile, end: Int)?
    var sweepIndex = -1
    private let isSecure: Bool
    /// Whether the HTTP/2 preface may take the connection over; on TLS, ALPN has chosen.
    private let mayBecomeHTTP2: Bool

    init(loop: ServerLoop, isSecure: Bool) {
        self.loop = loop
        self.isSecure = isSecure
        mayBecomeHTTP2 = !isSecure && loop.limits.http2
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        socket = context.channel as? SocketChannel
        if !isSecure { socket?.reader = self }
        output = SocketOutput(context, isPlain: !isSecure)
        deadline = loop.deadline(in: loop.limits.headerTimeout)
        loop.add(self)
        if loop.isDraining { drain() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        loop.remove(self)
        self.context = nil
        if !isSecure { socket?.reader = nil }
        socket = nil
        output?.close()
        output = nil
        dropExchange()
    }

    private func openExchange() {
        guard exchange == nil else { return }
        exchange = HTTP1Exchange(loop: loop, peer: PeerAddress(context?.remoteAddress), isSecure: isSecure)
        exchange.connection = self
    }

    /// Ends the cycle between the two.
    func dropExchange() {
        exchange?.connection = nil
        exchange = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { received(unwrapInboundIn(data)) }

    /// Plain connections are read past the pipeline.
    func received(_ bytes: ByteBuffer) {
        if reading == .raw, demand == .flowing, !isProcessing, input.readableBytes == 0 { return passOn(bytes) }
        if input.readableBytes == 0 {
            input = bytes
        } else {
            input.writeImmutableBuffer(bytes)
        }
        process()
    }

    func channelInactive(context: ChannelHandlerContext) {
        output?.close()
        close(reporting: PorticoError(.clientGone, side: .client))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(reporting: PorticoError(.clientGone, side: .client, cause: FaultText.of(error)))
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { clientClosedItsHalf() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard context.channel.isWritable else { return updateReading() }
        exchange?.driver?.clientWritable()
        process()
    }

    // MARK: The stream of requests

    /// Goes on as far as the bytes allow, then writes what was answered meanwhile in one go.
    func process() {
        guard !isProcessing else { return }
        isProcessing = true
        while advance() {}
        isProcessing = false
        if hasClientClosed { inputEnded() }
        exchange?.flush()
        // What waits for more may wait long.
        if input.storageCapacity > 0 { input = input.readableBytes == 0 ? ByteBuffer() : input.tight }
        updateReading()
    }

    /// One step. False when there is nothing more to do with the bytes at hand.
    private func advance() -> Bool {
        switch reading {
        case .head:
            // A client that asks on and on without reading gets no further answers to pile up.
            if exchange?.isBacklogged == true { exchange.flush() }
            return isWritable && parseHead()
        case .body: return advanceBody()
        case .raw:
            guard demand == .flowing, let bytes = takeInput() else { return false }
            passOn(bytes)
            return true
        case .lingering:
            input = ByteBuffer()
            return false
        case .complete, .closed: return false
        }
    }

    private func takeInput() -> ByteBuffer? {
        guard input.readableBytes > 0 else { return nil }
        defer { input = ByteBuffer() }
        return input
    }

    private func passOn(_ raw: ByteBuffer) {
        exchange.record.bytesIn += raw.readableBytes
        exchange.driver?.bodyReceived(raw)
    }

    private func parseHead() -> Bool {
        guard input.readableBytes > 0, hasNewLine() else { return false }
        openExchange()
        let bytes = input
        do throws(HeadFault) {
            switch try RequestHeadParser.parse(
                bytes.readableBytesUInt8Span, into: exchange.head, limits: loop.limits.head)
            {
            case .complete(let length):
                input.moveReaderIndex(forwardBy: length)
                beginExchange()
                return true
            case .needMore:
                if servedCount > 0, scanned == 0 { deadline = loop.deadline(in: loop.limits.headerTimeout) }
                scanned = input.readableBytes
                return false
            case .http2Preface:
                guard servedCount == 0, mayBecomeHTTP2, let context else {
                    throw HeadFault(505, "protocol version not supported")
                }
                reading = .closed
                loop.remove(self)
                ClientPipeline.becomeHTTP2(context.channel, loop: loop, received: input)
                return false
            }
        } catch {
            refuse(error)
            return false
        }
    }

    /// Whether bytes since the last look hold a line end, or there are so many that a limit must speak.
    private func hasNewLine() -> Bool {
        guard scanned > 0 else { return true }
        let fresh = input.viewBytes(at: input.readerIndex + scanned, length: input.readableBytes - scanned)
        if fresh?.contains(0x0A) == true || input.readableBytes > loop.limits.head.requestLine { return true }
        scanned = input.readableBytes
        return false
    }

    private func beginExchange() {
        scanned = 0
        servedCount += 1
        deadline = .never
        demand = .held
        body = BodyReader(exchange.head.framing)
        reading = exchange.head.hasBody ? .body : .complete
        exchange.begin()
        loop.handler.answer(exchange)
    }

    private func advanceBody() -> Bool {
        guard demand != .held else { return false }
        do throws(HeadFault) {
            switch try body.next(&input) {
            case .needMore:
                if hasClientClosed { throw .bad("request body cut short") }
                return false
            case .data(let bytes): try bodyArrived(bytes)
            case .end(let trailers): bodyEnded(trailers)
            }
            return true
        } catch {
            bodyFailed(error)
            return false
        }
    }

    private func bodyArrived(_ bytes: ByteBuffer) throws(HeadFault) {
        exchange.record.bytesIn += bytes.readableBytes
        if demand == .discarding {
            guard exchange.record.bytesIn <= ServerLimits.drainableBody else { return linger() }
            return
        }
        if exchange.maxBodySize > 0, exchange.record.bytesIn > exchange.maxBodySize {
            throw .bodyTooLarge
        }
        deadline = loop.deadline(in: loop.limits.bodyIdleTimeout)
        exchange.driver?.bodyReceived(bytes)
    }

    private func bodyEnded(_ trailers: ByteBuffer?) {
        guard reading == .body else { return }
        deadline = .never
        reading = .complete
        if demand == .discarding { return awaitNextRequest() }
        exchange.driver?.bodyEnded(trailers: trailers)
    }

    // MARK: Ends

    /// The answer is written; called by the exchange.
    func answerFinished(keepAlive: Bool) {
        switch reading {
        case .complete where keepAlive && (!hasClientClosed || input.readableBytes > 0):
            awaitNextRequest()
        case .body where keepAlive && canDrainBody:
            demand = .discarding
            deadline = loop.deadline(in: ServerLimits.lingerTime)
            process()
        case .closed: break
        default: linger()
        }
    }

    /// Whether the connection can serve another request after this answer, as far as the body decides it.
    var mayPersist: Bool { reading != .body || canDrainBody }

    private var canDrainBody: Bool {
        if hasClientClosed || exchange.head.expectsContinue { return false }
        return body.knownLeft.map { $0 <= ServerLimits.drainableBody } ?? true
    }

    private func awaitNextRequest() {
        reading = .head
        deadline = loop.deadline(in: loop.limits.keepAliveTimeout)
        process()
    }

    /// Closes our half once everything is written and waits a little for the client to close its own, so that the
    /// last answer is not lost to a reset (RFC 9112 §9.6).
    func linger() {
        guard reading != .closed, reading != .lingering else { return }
        reading = .lingering
        exchange?.flush()
        // A client that takes slowly may take: how slowly is the write deadline's business.
        deadline = .never
        input = ByteBuffer()
        closeOutput(thenWaiting: ServerLimits.lingerTime)
        updateReading()
    }

    /// Our half of a raw stream ends; the client gets some time to end its own.
    func closeRawOutput() {
        guard !isRawOutputClosed else { return }
        isRawOutputClosed = true
        closeOutput(thenWaiting: loop.limits.bodyIdleTimeout)
    }

    /// Waits for the last byte to be written first: where the client has closed its half, closing ours drops what waits.
    private func closeOutput(thenWaiting patience: Interval) {
        guard let context else { return }
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in self.lastByteWritten(patience) }
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer())), promise: written)
    }

    private func lastByteWritten(_ patience: Interval) {
        guard reading == .lingering || reading == .raw, let context else { return }
        isOutputClosed = true
        if hasClientClosed { return context.close(promise: nil) }
        deadline = loop.deadline(in: patience)
        context.close(mode: .output, promise: nil)
    }

    /// The answer cannot be completed: a reset shows the client that it was cut.
    func cut() {
        guard reading != .closed, let context else { return }
        exchange?.flush()
        socket?.resetOnClose()
        reading = .closed
        context.close(promise: nil)
    }

    private func clientClosedItsHalf() {
        hasClientClosed = true
        switch reading {
        case .head: linger()
        case .lingering: if isOutputClosed { context?.close(promise: nil) }
        // The body may lie here whole, not asked for yet.
        case .body, .raw: process()
        case .complete, .closed: break
        }
    }

    /// The client sends no more. What it sent is used up, unless somebody holds it back: then its end comes later.
    private func inputEnded() {
        switch reading {
        case .head: if isWritable { linger() }
        case .raw where demand == .flowing && !isRawInputEnded:
            isRawInputEnded = true
            exchange.driver?.bodyEnded(trailers: nil)
            if isOutputClosed { context?.close(promise: nil) }
        default: break
        }
    }

    /// A head that is no request: answered once, then closed.
    func refuse(_ fault: HeadFault) {
        openExchange()
        exchange.begin()
        exchange.head.keepAlive = false
        reading = .complete
        exchange.record.reason = fault.endReason
        exchange.respond(fault)
    }

    private func bodyFailed(_ fault: HeadFault) {
        // The answer is out already: there is nothing to say, and no next request to find.
        if demand == .discarding { return linger() }
        let error = PorticoError(
            fault.status == 413 ? .bodyTooLarge : .malformedBody, side: .client, cause: fault.reason)
        exchange.fail(error, status: fault.status, message: fault.reason)
    }

    /// The connection is gone or must go now.
    func close(reporting error: PorticoError) {
        guard reading != .closed else { return }
        reading = .closed
        loop.remove(self)
        exchange?.lost(error)
    }
}
