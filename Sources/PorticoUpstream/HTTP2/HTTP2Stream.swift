// One request over an HTTP/2 connection to a backend: a channel handler of its stream's channel. Frames, flow control and
// multiplexing are NIOHTTP2's. Confined to its event loop.
import NIOCore
import NIOHPACK
import NIOHTTP2
import PorticoCore
import PorticoHTTP
import PorticoTransport

final class HTTP2Stream: UpstreamStream, ChannelInboundHandler, RosterMember {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private enum Reading { case idle, head, body, ended }

    private let connection: HTTP2Upstream
    private var context: ChannelHandlerContext?
    private var receiver: (any ResponseReceiver)?
    private var reading = Reading.idle
    private var requestMethod = HTTPMethod.get
    private var isRequestComplete = false
    private var head = ResponseHeadView()
    /// Body bytes that must still come, where the head said how many.
    private var left: Int?
    private var isPaused = false
    /// What came while nobody wanted it; the stream's window bounds it.
    private var held: [HTTP2Frame.FramePayload] = []
    /// The stream is over, while what came of it is still held.
    private var lateFailure: PorticoError?
    private var isBeingJudged = false
    private var deadline = MonotonicTime.never
    private var timeoutKind = PorticoError.Kind.headTimeout
    private var idleTimeout = Interval.seconds(60)
    var rosterPlace = -1

    init(_ connection: HTTP2Upstream) {
        self.connection = connection
        super.init()
    }

    // MARK: The request

    override func begin(
        _ requestHead: ByteBuffer, method: HTTPMethod, framing: BodyFraming, timeout: Interval, idleTimeout: Interval,
        for receiver: any ResponseReceiver
    ) {
        self.receiver = receiver
        requestMethod = method
        reading = .head
        self.idleTimeout = idleTimeout
        timeoutKind = .headTimeout
        deadline = connection.deadline(in: timeout)
        isRequestComplete = framing == .none || framing == .length(0)
        let headers = HPACKHeaders(requestHead: requestHead, scheme: connection.scheme)
        write(.headers(.init(headers: headers, endStream: isRequestComplete)))
    }

    override func send(_ bytes: ByteBuffer) {
        guard !isRequestComplete, bytes.readableBytes > 0 else { return }
        if reading == .body, !isPaused { deadline = connection.deadline(in: idleTimeout) }
        write(.data(.init(data: .byteBuffer(bytes))))
    }

    override func endRequest(trailers: ByteBuffer?) {
        guard !isRequestComplete else { return }
        isRequestComplete = true
        if let trailers, trailers.readableBytes > 0 {
            write(.headers(.init(headers: HPACKHeaders(lines: trailers), endStream: true)))
        } else {
            write(.data(.init(data: .byteBuffer(ByteBuffer()), endStream: true)))
        }
    }

    override func flush() { context?.flush() }

    override var isWritable: Bool { context?.channel.isWritable ?? false }

    override func extendDeadline(_ timeout: Interval) {
        if reading == .head { deadline = connection.deadline(in: timeout) }
    }

    private func write(_ frame: HTTP2Frame.FramePayload) { context?.write(wrapOutboundOut(frame), promise: nil) }

    // MARK: The answer

    override func pause() {
        guard !isPaused else { return }
        isPaused = true
        deadline = .never
        try? context?.channel.syncOptions?.setOption(.autoRead, value: false)
    }

    override func resume() {
        guard isPaused else { return }
        isPaused = false
        deadline = connection.deadline(in: idleTimeout)
        while !isPaused, !held.isEmpty { take(held.removeFirst()) }
        receiver?.responsePaused()
        guard !isPaused else { return }
        if let lateFailure { return fail(lateFailure) }
        try? context?.channel.syncOptions?.setOption(.autoRead, value: true)
        // Unlike a socket's channel, a stream's does not start reading when the option is set.
        context?.read()
    }

    /// No backend gets that far: a 101 is no valid answer here.
    override func becomeRaw(idleTimeout: Interval, for receiver: any ResponseReceiver) { cancel() }

    override func closeOutput() { cancel() }

    override func cancel() {
        receiver = nil
        reading = .ended
        deadline = .never
        held = []
        close()
    }

    /// A stream that both sides have ended is over by itself.
    override func release() { if reading == .idle { cancel() } }

    /// Resets the stream unless both sides have ended it, which the channel knows only when this turn is over.
    private func close() {
        guard let channel = context?.channel else { return }
        channel.eventLoop.execute { channel.close(promise: nil) }
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        connection.opened(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        connection.closed(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection.noteRead()
        let frame = unwrapInboundIn(data)
        if isPaused { held.append(frame) } else { take(frame) }
    }

    func channelReadComplete(context: ChannelHandlerContext) { receiver?.responsePaused() }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { receiver?.upstreamWritable() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        ended(PorticoError(.connectionReset, side: .upstream, retry: connectionLossRetry, cause: "connection lost"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let closed = error as? NIOHTTP2Errors.StreamClosed, closed.errorCode == .cancel, reading == .head {
            return judge(closed)
        }
        ended(streamError(error))
        close()
    }

    /// The stream ended without its last frame; what was held back comes first.
    private func ended(_ error: PorticoError) {
        guard !isBeingJudged else { return }
        guard held.isEmpty else {
            lateFailure = lateFailure ?? error
            return
        }
        fail(error)
    }

    /// A reset by the backend, or its GOAWAY: which of the two, the connection knows at the end of this turn.
    private func judge(_ closed: NIOHTTP2Errors.StreamClosed) {
        isBeingJudged = true
        connection.eventLoop.assumeIsolated().execute { [self] in
            let retry: PorticoError.Retry = connection.leftOut(closed.streamID) ? .untouched : .no
            fail(PorticoError(.connectionReset, side: .upstream, retry: retry, cause: FaultText.of(closed)))
        }
    }

    private func streamError(_ error: any Error) -> PorticoError {
        let cause = FaultText.of(error)
        guard let closed = error as? NIOHTTP2Errors.StreamClosed else {
            return PorticoError(.connectionReset, side: .upstream, retry: connectionLossRetry, cause: cause)
        }
        // Not processed, says the backend, or its GOAWAY left the stream out (RFC 9113 §8.7): any method may go again.
        let isUntouched = closed.errorCode == .refusedStream && reading == .head
        if isUntouched { connection.noteRefusal() }
        return PorticoError(.connectionReset, side: .upstream, retry: isUntouched ? .untouched : .no, cause: cause)
    }

    /// The connection may have been on its way out already when the request went over it.
    private var connectionLossRetry: PorticoError.Retry {
        reading == .head && connection.servedCount > 0 ? .onlyIfReused : .no
    }

    // MARK: Frames

    private func take(_ frame: HTTP2Frame.FramePayload) {
        switch frame {
        case .headers(let frame): takeHeaders(frame)
        case .data(let frame):
            if case .byteBuffer(let bytes) = frame.data, bytes.readableBytes > 0 { takeBody(bytes) }
            if frame.endStream { takeEnd(trailers: nil) }
        default: break
        }
    }

    private func takeHeaders(_ frame: HTTP2Frame.FramePayload.Headers) {
        if reading == .body {
            guard frame.endStream else { return failInvalid("headers in the middle of a body") }
            return takeEnd(trailers: HTTP2ResponseHead.trailers(frame.headers))
        }
        guard reading == .head else { return }
        do throws(HeadFault) {
            try HTTP2ResponseHead.fill(
                &head, from: frame.headers, answering: requestMethod, endStream: frame.endStream)
        } catch {
            return failInvalid(error.reason)
        }
        if head.status < 200 {
            guard head.status != 101 else { return failInvalid("101 in HTTP/2") }
            receiver?.interimReceived(head)
            return
        }
        reading = .body
        timeoutKind = .idleTimeout
        deadline = connection.deadline(in: idleTimeout)
        if case .length(let length) = head.framing { left = length }
        receiver?.responseStarted(head)
        if frame.endStream { takeEnd(trailers: nil) }
    }

    private func takeBody(_ bytes: ByteBuffer) {
        guard reading == .body else { return }
        if let left {
            guard bytes.readableBytes <= left else { return failInvalid("more body than its length") }
            self.left = left - bytes.readableBytes
        }
        deadline = connection.deadline(in: idleTimeout)
        // To HEAD and the like there is no body, whatever a backend sends.
        if head.framing != .none { receiver?.responseBody(bytes) }
    }

    private func takeEnd(trailers: ByteBuffer?) {
        guard reading == .body else { return failInvalid("no head") }
        guard left ?? 0 == 0 else {
            return fail(PorticoError(.truncatedBody, side: .upstream, cause: "less body than its length"))
        }
        reading = .ended
        deadline = .never
        connection.noteServed()
        let ended = receiver
        receiver = nil
        ended?.responseEnded(trailers: trailers)
    }

    // MARK: Failures

    private func failInvalid(_ cause: String) {
        fail(PorticoError(.invalidResponse, side: .upstream, cause: cause))
    }

    private func fail(_ error: PorticoError) {
        guard reading != .ended else { return }
        let isCut = reading == .body && error.kind == .connectionReset
        reading = .ended
        deadline = .never
        held = []
        let failed = receiver
        receiver = nil
        failed?.upstreamFailed(isCut ? PorticoError(.truncatedBody, side: .upstream, cause: error.cause) : error)
        close()
    }

    func sweep(_ now: MonotonicTime) {
        guard now > deadline else { return }
        fail(PorticoError(timeoutKind, side: .upstream, cause: "timed out"))
    }
}
