// One HTTP/1.1 connection to a backend: sends requests, cuts the byte stream into responses. It knows nothing of clients
// and decides nothing about retries. Confined to its event loop.
package import NIOCore
package import PorticoCore
package import PorticoHTTP
import PorticoTransport

package final class UpstreamConnection: UpstreamStream, ChannelInboundHandler, SocketReader, RosterMember {
    package typealias InboundIn = ByteBuffer

    enum Reading {
        /// No response is awaited.
        case idle
        case head, body
        /// After 101.
        case raw
        case closed
    }

    let pool: HTTP1Pool
    private(set) var channel: SocketChannel!
    private var context: ChannelHandlerContext?
    /// Nil while the handler is in no pipeline.
    private var output: SocketOutput?
    /// The descriptor, to ask the kernel about it while the channel is open.
    private var socket: CInt = -1
    /// What had gone each way before the current request, where that matters.
    private var countsBefore: SocketState.Counts?
    private var receiver: (any ResponseReceiver)?
    private var reading = Reading.idle
    /// Whether the last response leaves the connection open.
    private var staysOpen = false
    private var body = BodyReader(.none)
    private var input = ByteBuffer()
    private var requestMethod = HTTPMethod.get
    /// The request's body goes out in chunks.
    private var isChunked = false
    private var hasAnswered = false
    private var isPaused = false
    /// The backend sends no more; what it sent may still wait in `input`.
    private var hasEnded = false
    /// After 101: that was told.
    private var isRawInputEnded = false
    /// The connection broke while the receiver wanted no more; what came before still waits in `input`.
    private var fault: String?
    private var isProcessing = false
    /// The rest of the body goes past this handler: only a little is read for each piece that does.
    private var isRelayed = false
    /// Requests served before the current one: above zero, the backend may have closed it under our hands.
    private(set) var servedCount = 0
    private var deadline = MonotonicTime.never
    private var timeoutKind = PorticoError.Kind.headTimeout
    private var idleTimeout = Interval.seconds(60)
    let opened: MonotonicTime
    /// How long it had idled when it was taken for the current request; zero for a new one.
    var idleAge = Interval.zero
    /// What the backend's `Keep-Alive: timeout=n` allows; nil where it said nothing.
    private(set) var keepAliveHint: Interval?
    package var rosterPlace = -1

    static let maxHead = 64 << 10

    init(pool: HTTP1Pool) {
        self.pool = pool
        opened = pool.now
    }

    // MARK: Requests

    package override func begin(
        _ requestHead: ByteBuffer, method: HTTPMethod, framing: BodyFraming, timeout: Interval, idleTimeout: Interval,
        for receiver: any ResponseReceiver
    ) {
        self.receiver = receiver
        isChunked = if case .chunked = framing { true } else { false }
        requestMethod = method
        reading = .head
        hasAnswered = false
        self.idleTimeout = idleTimeout
        timeoutKind = .headTimeout
        deadline = pool.deadline(in: timeout)
        output?.write(requestHead)
    }

    package override func send(_ bytes: ByteBuffer) {
        if reading == .raw {
            if !isPaused { deadline = pool.deadline(in: idleTimeout) }
            output?.writeAndFlush(bytes)
        } else if isChunked {
            sendChunk(bytes)
        } else {
            output?.write(bytes)
        }
    }

    private func sendChunk(_ bytes: ByteBuffer) {
        var size = ByteBuffer()
        size.compose { size in
            size.writeHex(bytes.readableBytes)
            size.write("\r\n")
        }
        output?.write(size)
        output?.write(bytes)
        output?.write(Self.lineEnd)
    }

    package override func endRequest(trailers: ByteBuffer?) {
        guard isChunked else { return }
        var end = ByteBuffer()
        end.writeStaticString("0\r\n")
        if let trailers { end.writeImmutableBuffer(trailers) }
        end.writeStaticString("\r\n")
        output?.write(end)
    }

    private static let lineEnd = ByteBuffer(string: "\r\n")

    package override func flush() { output?.flush() }

    package override var isWritable: Bool { output?.isWritable ?? false }

    package override var outlet: SocketOutput? { output }

    package override func extendDeadline(_ timeout: Interval) {
        if reading == .head { deadline = pool.deadline(in: timeout) }
    }

    package override func pause() {
        guard !isPaused else { return }
        isPaused = true
        deadline = .never
        channel.isReading = false
    }

    package override func resume() {
        guard isPaused else { return }
        isPaused = false
        deadline = pool.deadline(in: idleTimeout)
        channel.isReading = true
        process()
    }

    package override func becomeRaw(idleTimeout: Interval, for receiver: any ResponseReceiver) {
        self.receiver = receiver
        reading = .raw
        self.idleTimeout = idleTimeout
        timeoutKind = .idleTimeout
        deadline = pool.deadline(in: idleTimeout)
    }

    package override func closeOutput() { context?.close(mode: .output, promise: nil) }

    package override func cancel() {
        receiver = nil
        reading = .closed
        deadline = .never
        context?.close(promise: nil)
    }

    package override func release() {
        receiver = nil
        guard reading == .idle, staysOpen, !hasEnded, input.readableBytes == 0 else { return cancel() }
        servedCount += 1
        countsBefore = nil
        deadline = .never
        relays(false)
        pool.putBack(self)
    }

    // MARK: Channel events

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        output = SocketOutput(context, isPlain: !pool.isSecure)
        channel = context.channel as? SocketChannel
        if !pool.isSecure { channel.reader = self }
        channel.prefetches(pool)
        socket = channel.descriptor
        pool.opened(self)
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        pool.closed(self)
        if !pool.isSecure { channel.reader = nil }
        self.context = nil
        output?.close()
        output = nil
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) { received(unwrapInboundIn(data)) }

    /// Plain connections are read past the pipeline.
    package func received(_ bytes: ByteBuffer) {
        if reading == .raw, !isPaused, !isProcessing, input.readableBytes == 0 { return passOn(bytes) }
        if input.readableBytes == 0 {
            input = bytes
        } else {
            input.writeImmutableBuffer(bytes)
        }
        guard reading != .idle else { return pool.discard(self) }
        process()
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { receiver?.upstreamWritable() }
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { inputEnded() }
        context.fireUserInboundEventTriggered(event)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        output?.close()
        socket = -1
        inputEnded()
        context.fireChannelInactive()
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let cause = FaultText.of(error)
        if isPaused { fault = cause } else { fail(.connectionReset, cause: cause) }
        context.close(promise: nil)
    }

    // MARK: Responses

    private func process() {
        guard !isProcessing else { return }
        isProcessing = true
        while !isPaused, advance() {}
        isProcessing = false
        if hasEnded, !isPaused { finishInput() }
        if input.readableBytes == 0 { input = ByteBuffer() }
        if reading != .raw, !relay() { receiver?.responsePaused() }
    }

    private func advance() -> Bool {
        switch reading {
        case .head: return parseHead()
        case .body: return advanceBody()
        case .raw:
            guard input.readableBytes > 0 else { return false }
            let bytes = input
            input = ByteBuffer()
            passOn(bytes)
            return true
        case .idle, .closed: return false
        }
    }

    private func passOn(_ raw: ByteBuffer) {
        deadline = pool.deadline(in: idleTimeout)
        receiver?.responseBody(raw)
    }

    private func parseHead() -> Bool {
        guard input.readableBytes > 0 else { return false }
        hasAnswered = true
        let bytes = input
        var head = pool.spareHead.take()
        defer { pool.spareHead.giveBack(head) }
        do throws(HeadFault) {
            switch try ResponseHeadParser.parse(
                bytes.readableBytesUInt8Span, into: &head, answering: requestMethod, limit: Self.maxHead)
            {
            case .needMore: return false
            case .complete(let length):
                input.moveReaderIndex(forwardBy: length)
                headComplete(head)
                return true
            }
        } catch {
            fail(.invalidResponse, cause: error.reason)
            return false
        }
    }

    private func headComplete(_ head: ResponseHeadView) {
        if head.status < 200, head.status != 101 {
            receiver?.interimReceived(head)
            return
        }
        staysOpen = head.keepAlive
        keepAliveHint = KeepAliveHint.timeout(head.fields)
        body = BodyReader(head.framing)
        reading = .body
        timeoutKind = .idleTimeout
        deadline = pool.deadline(in: idleTimeout)
        receiver?.responseStarted(head)
    }

    private func advanceBody() -> Bool {
        do throws(HeadFault) {
            switch try body.next(&input) {
            case .needMore: return false
            case .data(let bytes):
                deadline = pool.deadline(in: idleTimeout)
                receiver?.responseBody(bytes)
            case .end(let trailers): end(trailers)
            }
            return true
        } catch {
            fail(.truncatedBody, cause: error.reason)
            return false
        }
    }

    /// What waits in the socket of a large body is moved to the client's socket by the kernel, where it can be. The last bytes
    /// are read: with them the response ends. False where that is not done, and what was collected waits.
    private func relay() -> Bool {
        guard reading == .body, input.readableBytes == 0, !isPaused, !hasEnded, socket >= 0, !pool.isSecure,
            let left = body.knownLeft, let most = BodyRelay.share(of: left, isRelayed: isRelayed)
        else { return false }
        let moved = receiver?.relayBody(from: socket, upTo: most)
        guard reading == .body else { return true }
        relays(moved != nil)
        guard let moved else { return false }
        guard moved > 0 else { return true }
        body.skip(moved)
        if !isPaused { deadline = pool.deadline(in: idleTimeout) }
        return true
    }

    private func relays(_ isRelayed: Bool) {
        guard isRelayed != self.isRelayed else { return }
        self.isRelayed = isRelayed
        channel.readSizes =
            isRelayed ? ReadSizes(smallest: BodyRelay.read, largest: BodyRelay.read) : Opening.readSizes
    }

    private func end(_ trailers: ByteBuffer?) {
        reading = .idle
        deadline = .never
        let ended = receiver
        receiver = nil
        ended?.responseEnded(trailers: trailers)
    }

    private func inputEnded() {
        hasEnded = true
        process()
    }

    /// The backend sends no more and what it sent is used up.
    private func finishInput() {
        if let fault, reading != .idle { return fail(.connectionReset, cause: fault) }
        switch reading {
        case .idle: pool.discard(self)
        case .body where body.mayEndHere: end(nil)
        case .raw: endRawInput()
        case .head, .body: fail(hasAnswered ? .truncatedBody : .connectionReset, cause: "closed by the backend")
        case .closed: break
        }
    }

    /// Our half of the stream goes on, unless all of the connection is gone.
    private func endRawInput() {
        if !isRawInputEnded {
            isRawInputEnded = true
            receiver?.responseEnded(trailers: nil)
        }
        if socket < 0 { fail(.connectionReset, cause: "closed by the backend") }
    }

    private func fail(_ kind: PorticoError.Kind, cause: String) {
        guard reading != .closed else { return }
        let wasIdle = reading == .idle
        reading = .closed
        deadline = .never
        let failed = receiver
        receiver = nil
        if wasIdle { pool.discard(self) }
        // Closed before a byte of the answer: on a used connection the backend may never have seen the request.
        let mayBeUnseen = !hasAnswered && servedCount > 0 && kind == .connectionReset
        let retry: PorticoError.Retry = mayBeUnseen ? (wasNeverTaken ? .untouched : .onlyIfReused) : .no
        failed?.upstreamFailed(PorticoError(kind, side: .upstream, retry: retry, cause: cause))
        context?.close(promise: nil)
    }

    var state: SocketState { SocketState(socket: socket) }

    /// From now on `wasNeverTaken` can tell.
    func watchCounts() { countsBefore = state.counts }

    /// The backend had ended its half before a byte of the current request came: an end that is sent later would acknowledge it. Its
    /// process has not seen the request. A reset proves nothing: it can follow what was read and acknowledges nothing.
    private var wasNeverTaken: Bool {
        guard let before = countsBefore, socket >= 0, let counts = state.counts else { return false }
        return counts.acknowledged == before.acknowledged && counts.received > before.received
    }

    /// Called by the pool's timer.
    func sweep(_ now: MonotonicTime) {
        if reading == .raw, channel.takePassed(), !isPaused { deadline = now + idleTimeout }
        guard now > deadline else { return }
        fail(timeoutKind, cause: "timed out")
    }
}
