// One HTTP/2 stream as an exchange (RFC 9113 §8.1): a channel handler of its stream's channel. Frames, flow control and
// multiplexing are NIOHTTP2's.
import NIOCore
import NIOHPACK
import NIOHTTP2
import PorticoCore
import PorticoTransport

final class HTTP2Exchange: Exchange, ChannelInboundHandler, SweptConnection {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private enum Answer {
        case awaited, streaming, bodiless, ended
    }

    private var context: ChannelHandlerContext?
    private var answer = Answer.awaited
    private var hasHead = false
    private var isRequestComplete = false
    private var isFlowing = false
    private var isReadingPaused = false
    /// Body bytes that came before anybody asked for them; the stream's window bounds them.
    private var held: [ByteBuffer] = []
    private var heldTrailers: ByteBuffer?
    private var isEndTold = false
    /// The last frame of an answer that was given before the request was complete.
    private var lastFrame: EventLoopFuture<Void>?
    private var isAnswerOut = false
    /// Body bytes that came after the answer.
    private var lateBytes = 0
    /// Only streams that wait for their client stand in the loop's list.
    var sweepIndex = -1
    private var bodyDeadline = MonotonicTime.never
    private var writeDeadline = MonotonicTime.never

    // MARK: Frames in

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        loop.remove(self)
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let frame):
            if hasHead {
                requestEnded(trailers: ByteBuffer(trailers: frame.headers))
            } else {
                beginExchange(frame)
            }
        case .data(let frame):
            if case .byteBuffer(let bytes) = frame.data, bytes.readableBytes > 0 { bodyArrived(bytes) }
            if frame.endStream { requestEnded(trailers: nil) }
        default: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

    func channelInactive(context: ChannelHandlerContext) {
        lost(PorticoError(.clientGone, side: .client))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        lost(PorticoError(.clientGone, side: .client, cause: FaultText.of(error)))
        context.close(promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard !context.channel.isWritable else {
            writeDeadline = .never
            driver?.clientWritable()
            return
        }
        writeDeadline = loop.deadline(in: loop.limits.writeIdleTimeout)
        watch()
    }

    // MARK: The loop's timer

    private func watch() {
        if sweepIndex < 0 { loop.add(self) }
    }

    func sweep(_ now: MonotonicTime) {
        if now > writeDeadline {
            lost(PorticoError(.clientTimeout, side: .client, cause: "client stopped reading"))
            context?.close(promise: nil)
        } else if now > bodyDeadline {
            refuseBody(
                PorticoError(.clientTimeout, side: .client, cause: "request body stalled"), status: 408,
                message: "request body timed out")
        }
    }

    /// The connection sees to it.
    func drain() {}

    func closeNow() { context?.close(promise: nil) }

    func closeIfIdle() {}

    // MARK: Requests

    private func beginExchange(_ frame: HTTP2Frame.FramePayload.Headers) {
        hasHead = true
        isRequestComplete = frame.endStream
        begin()
        do throws(HeadFault) {
            try HTTP2RequestHead.fill(head, from: frame.headers, endStream: frame.endStream)
            loop.handler.answer(self)
            // Nobody asked for the body yet: its window stays shut.
            if !isFlowing, !isRequestComplete { setReading(false) }
        } catch {
            record.reason = error.endReason
            respond(error)
        }
    }

    private func bodyArrived(_ bytes: ByteBuffer) {
        guard answer != .ended else {
            lateBytes += bytes.readableBytes
            if isAnswerOut, lateBytes > ServerLimits.drainableBody { resetRequest() }
            return
        }
        record.bytesIn += bytes.readableBytes
        if maxBodySize > 0, record.bytesIn > maxBodySize { return refuseLongBody() }
        if isFlowing { bodyDeadline = loop.deadline(in: loop.limits.bodyIdleTimeout) }
        if isFlowing, held.isEmpty { driver?.bodyReceived(bytes) } else { held.append(bytes) }
    }

    private func requestEnded(trailers: ByteBuffer?) {
        guard !isRequestComplete else { return }
        isRequestComplete = true
        bodyDeadline = .never
        heldTrailers = trailers
        if isFlowing, held.isEmpty { tellEnd() }
    }

    private func tellEnd() {
        guard isRequestComplete, head.hasBody, !isEndTold else { return }
        isEndTold = true
        driver?.bodyEnded(trailers: heldTrailers)
    }

    // MARK: The request body

    override func receiveBody(_ driver: any ExchangeDriver) {
        self.driver = driver
        if answer == .awaited, isBodyTooLong { return refuseLongBody() }
        resumeBody()
    }

    private func refuseLongBody() {
        refuseBody(PorticoError(.bodyTooLarge, side: .client), status: 413, message: HeadFault.bodyTooLarge.reason)
    }

    private func refuseBody(_ error: PorticoError, status: Int, message: String) {
        bodyDeadline = .never
        let failed = driver
        driver = nil
        note(error)
        failed?.clientFailed(error)
        if answer == .awaited { respond(error: status, message: message) } else { abort() }
    }

    override func resumeBody() {
        isFlowing = true
        if !isRequestComplete {
            bodyDeadline = loop.deadline(in: loop.limits.bodyIdleTimeout)
            watch()
        }
        while isFlowing, !held.isEmpty { driver?.bodyReceived(held.removeFirst()) }
        guard isFlowing else { return }
        tellEnd()
        // Last, because it may deliver what waits in the stream at once.
        setReading(true)
    }

    override func pauseBody() {
        isFlowing = false
        bodyDeadline = .never
        setReading(false)
    }

    private func setReading(_ wanted: Bool) {
        guard wanted == isReadingPaused, let context else { return }
        isReadingPaused = !wanted
        try? context.channel.syncOptions?.setOption(.autoRead, value: wanted)
        // Unlike a socket's channel, a stream's does not start reading when the option is set.
        if wanted { context.read() }
    }

    // MARK: Frames out

    override var isWritable: Bool { context?.channel.isWritable ?? false }

    override func respond(_ prepared: PreparedResponse) {
        guard answer == .awaited else { return }
        record.status = prepared.status
        let headers = prepared.http2Headers(date: loop.dateLine)
        let withBody = !isBodiless(status: prepared.status) && prepared.bodyLength > 0
        write(.headers(.init(headers: headers, endStream: !withBody)))
        if withBody {
            record.bytesOut += prepared.bodyLength
            write(.data(.init(data: .byteBuffer(prepared.body), endStream: true)))
        }
        ended()
    }

    override func start(_ response: ResponseHead) {
        guard answer == .awaited else { return }
        record.status = response.status
        var headers = HPACKHeaders(status: response.status, lines: response.fields)
        if case .known(let length) = response.length, response.status != 204, response.status != 304 {
            headers.add(name: "content-length", value: String(length))
        }
        if !response.hasDate { headers.add(name: "date", value: loop.dateLine.value) }
        let isBodiless = isBodiless(status: response.status) || response.length == .known(0)
        answer = isBodiless ? .bodiless : .streaming
        write(.headers(.init(headers: headers, endStream: isBodiless)))
    }

    override func sendInterim(status: Int, fields: ByteBuffer) {
        guard answer == .awaited else { return }
        write(.headers(.init(headers: HPACKHeaders(status: status, lines: fields))))
        flush()
    }

    override func send(_ bytes: ByteBuffer) {
        guard answer == .streaming, bytes.readableBytes > 0 else { return }
        record.bytesOut += bytes.readableBytes
        write(.data(.init(data: .byteBuffer(bytes))))
    }

    override func send(_ file: OpenFile, from offset: Int, count: Int, done: @escaping () -> Void) {
        guard answer == .streaming else { return }
        let pump = FilePump(file, from: offset, count: count, to: self, done: done)
        driver = pump
        pump.advance()
    }

    override func finish(sending file: OpenFile, from offset: Int, count: Int) {
        guard answer == .streaming else { return finish(trailers: nil) }
        send(file, from: offset, count: count) { self.finish(trailers: nil) }
    }

    override func finish(trailers: ByteBuffer?) {
        guard answer != .ended else { return }
        if answer == .streaming {
            if let trailers {
                write(.headers(.init(headers: HPACKHeaders(lines: trailers), endStream: true)))
            } else {
                write(.data(.init(data: .byteBuffer(ByteBuffer()), endStream: true)))
            }
        }
        ended()
    }

    override func flush() { context?.flush() }

    override func abort() {
        guard takeEnd(), let context else { return }
        context.writeAndFlush(wrapOutboundOut(.rstStream(.internalError)), promise: nil)
    }

    private func write(_ frame: HTTP2Frame.FramePayload) {
        guard let context else { return }
        let promise = isRequestComplete ? nil : context.eventLoop.makePromise(of: Void.self)
        lastFrame = promise?.futureResult
        context.write(wrapOutboundOut(frame), promise: promise)
    }

    // MARK: Ends

    private func ended() {
        guard takeEnd(), let context else { return }
        context.flush()
        guard let lastFrame, !isRequestComplete else { return }
        // A reset would overtake frames that wait for the client's window.
        lastFrame.assumeIsolated().whenSuccess {
            self.isAnswerOut = true
            let patience = TimeAmount.nanoseconds(ServerLimits.lingerTime.nanoseconds)
            context.eventLoop.assumeIsolated().scheduleTask(in: patience) { self.resetRequest() }
        }
    }

    /// The rest of a request that is answered already is not wanted (RFC 9113 §8.1). The client may first finish what is
    /// short: some take a reset for a failure even behind a whole answer.
    private func resetRequest() {
        guard !isRequestComplete, let context else { return }
        isRequestComplete = true
        context.writeAndFlush(wrapOutboundOut(.rstStream(.noError)), promise: nil)
    }

    private func lost(_ error: PorticoError) {
        guard answer != .ended, hasHead else { return }
        let failed = driver
        driver = nil
        if record.status == 0 { record.status = 499 }
        note(error)
        failed?.clientFailed(error)
        _ = takeEnd()
    }

    private func takeEnd() -> Bool {
        guard answer != .ended else { return false }
        answer = .ended
        driver = nil
        held = []
        loop.remove(self)
        loop.handler.record(self)
        return true
    }
}

extension ByteBuffer {
    /// Trailer fields as lines; what is no valid field is left out.
    init(trailers: HPACKHeaders) {
        self.init()
        for (name, value, _) in trailers
        where !name.isEmpty && name.utf8.allSatisfy(ASCII.isToken) && value.utf8.allSatisfy(ASCII.isFieldValue) {
            writeString("\(name): \(value)\r\n")
        }
    }
}
