// One HTTP/2 connection to a backend: how many streams it may take, when it is not to take more, whether it still lives. What a
// stream carries is `HTTP2Stream`'s. Confined to its event loop.
import NIOCore
import NIOHTTP2
import PorticoCore

final class HTTP2Upstream: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    private let pool: HTTP2Pool
    let scheme: String
    private let channel: any Channel
    private var multiplexer: NIOHTTP2Handler.StreamMultiplexer?
    private var streams = Roster<HTTP2Stream>()
    /// Streams asked for, which the next turn of the loop brings.
    private var coming = 0
    /// What the backend allows; until it says so, what is usual.
    private var mostStreams = 100
    /// What the backend's GOAWAY named: streams above it were not processed.
    private var lastProcessed = HTTP2StreamID.maxID
    private(set) var servedCount = 0
    /// Takes no more streams: the backend said GOAWAY, it is old, or it fails.
    private(set) var isClosing = false
    private let opened: MonotonicTime
    private var idleSince: MonotonicTime
    private var lastRead: MonotonicTime
    private var pingSent: MonotonicTime?

    /// A connection whose streams are silent for so long is asked whether it lives, and is given up after the second time.
    private static let silence = Interval.seconds(30)
    private static let pingPatience = Interval.seconds(10)

    private init(_ pool: HTTP2Pool, _ channel: any Channel) {
        self.pool = pool
        self.channel = channel
        scheme = pool.endpoint.tls == nil ? "http" : "https"
        opened = pool.now
        idleSince = pool.now
        lastRead = pool.now
    }

    static func furnish(_ channel: any Channel, pool: HTTP2Pool) throws -> HTTP2Upstream {
        let upstream = HTTP2Upstream(pool, channel)
        let handler = NIOHTTP2Handler(
            mode: .client, eventLoop: channel.eventLoop, connectionConfiguration: configuration.connection,
            streamConfiguration: configuration.stream
        ) { pushed in
            // Pushing is switched off in our settings.
            pushed.close()
        }
        try channel.pipeline.syncOperations.addHandlers([handler, upstream])
        upstream.multiplexer = try handler.syncMultiplexer()
        return upstream
    }

    private static let configuration: NIOHTTP2Handler.Configuration = {
        var configuration = NIOHTTP2Handler.Configuration()
        // HTTP2ResponseHead and HTTP2Stream are as strict and see each header once.
        configuration.connection.headerBlockValidation = .disabled
        configuration.connection.contentLengthValidation = .disabled
        configuration.connection.initialSettings = [
            HTTP2Setting(parameter: .enablePush, value: 0),
            HTTP2Setting(parameter: .maxHeaderListSize, value: UpstreamConnection.maxHead),
            HTTP2Setting(parameter: .initialWindowSize, value: 64 << 10),
        ]
        // What streams have not taken yet is bounded by their own windows: this one must not hold back the others.
        configuration.connection.targetWindowSize = 1 << 20
        // A backend is ours: it may ping (gRPC measures so) and refuse as often as it needs to.
        configuration.connection.controlFrameRateLimit.maximumCount = 10_000
        configuration.connection.maximumSequentialEmptyDataFrames = 100
        // Many clients may leave at once, and what was under way to them is no fault of the connection's.
        configuration.connection.maximumRecentlyResetStreams = 4096
        configuration.stream.streamResetFrameRateLimit.maximumCount = 100_000
        configuration.stream.streamErrorRateLimit.maximumCount = 100_000
        configuration.stream.targetWindowSize = 64 << 10
        configuration.stream.outboundBufferSizeHighWatermark = 64 << 10
        configuration.stream.outboundBufferSizeLowWatermark = 32 << 10
        return configuration
    }()

    // MARK: Streams

    var hasRoom: Bool { takesStreams && streams.count + coming < mostStreams }

    /// Opens a stream in the next turn of the loop.
    func open(_ done: @escaping (Result<UpstreamStream, PorticoError>) -> Void) {
        guard let multiplexer else { return done(.failure(Self.gone)) }
        coming += 1
        let stream = HTTP2Stream(self)
        let bound = NIOLoopBound(stream, eventLoop: channel.eventLoop)
        let promise = channel.eventLoop.makePromise(of: (any Channel).self)
        promise.futureResult.assumeIsolated().whenComplete { result in
            self.coming -= 1
            switch result {
            case .success where self.takesStreams: done(.success(stream))
            case .success(let opened):
                opened.close(promise: nil)
                self.turnAway(done)
            case .failure: self.turnAway(done)
            }
        }
        multiplexer.createStreamChannel(promise: promise) { channel in
            channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(bound.value) }
        }
    }

    private var takesStreams: Bool { !isClosing && channel.isActive }

    /// It closed, was told to take no more or has no more numbers, and the stream is not there: it is asked for none again. One that served
    /// is followed by another; one that never did is not, or a backend that closes at once would be asked for ever.
    private func turnAway(_ done: @escaping (Result<UpstreamStream, PorticoError>) -> Void) {
        stopTaking()
        if servedCount > 0 { pool.connect(done) } else { done(.failure(Self.gone)) }
    }

    /// Nothing was sent.
    private static let gone = PorticoError(
        .connectionReset, side: .upstream, retry: .yes, cause: "the connection closed before the request")

    func opened(_ stream: HTTP2Stream) { streams.join(stream) }

    func closed(_ stream: HTTP2Stream) {
        guard streams.leave(stream), streams.isEmpty else { return }
        idleSince = pool.now
        pingSent = nil
        if isClosing, coming == 0 { close() }
    }

    var eventLoop: any EventLoop { channel.eventLoop }

    func leftOut(_ stream: HTTP2StreamID) -> Bool { stream > lastProcessed }

    func noteRefusal() { pool.noteRefusal() }

    func noteServed() { servedCount += 1 }

    func deadline(in interval: Interval) -> MonotonicTime { pool.deadline(in: interval) }

    // MARK: The connection's own frames

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        noteRead()
        switch unwrapInboundIn(data).payload {
        case .settings(.settings(let settings)):
            for setting in settings where setting.parameter == .maxConcurrentStreams { mostStreams = setting.value }
        case .goAway(let last, _, _):
            lastProcessed = min(lastProcessed, last)
            stopTaking()
        default: break
        }
    }

    func noteRead() {
        lastRead = pool.now
        pingSent = nil
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { close() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What concerns one stream is that stream's.
        if error is NIOHTTP2Errors.StreamError { return }
        close()
    }

    func channelInactive(context: ChannelHandlerContext) {
        isClosing = true
        pool.closed(self)
        context.fireChannelInactive()
    }

    // MARK: Time

    func sweep(_ now: MonotonicTime) {
        for stream in streams.members where stream.rosterPlace >= 0 { stream.sweep(now) }
        if now - opened >= pool.endpoint.maxLifetime { stopTaking() }
        if streams.isEmpty {
            if coming == 0, now - idleSince >= pool.endpoint.idleTimeout { close() }
        } else if let pingSent {
            if now - pingSent > Self.pingPatience { close() }
        } else if now - lastRead > Self.silence {
            pingSent = now
            let ping = HTTP2Frame(streamID: .rootStream, payload: .ping(HTTP2PingData(withInteger: 1), ack: false))
            channel.writeAndFlush(ping, promise: nil)
        }
    }

    /// Streams that run may end; then the connection closes.
    private func stopTaking() {
        isClosing = true
        if streams.isEmpty, coming == 0 { close() }
    }

    func close() {
        isClosing = true
        channel.close(promise: nil)
    }

    func closeIfIdle() { if streams.isEmpty, coming == 0 { close() } }
}
