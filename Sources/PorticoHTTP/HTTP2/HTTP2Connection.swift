// The connection behind HTTP/2 streams: sets up NIOHTTP2 and closes what idles, stalls or drains.
import NIOCore
import NIOHTTP2
import PorticoCore

// SAFETY: confined to its channel's event loop.
final class HTTP2Connection: ChannelInboundHandler, SweptConnection, NIOHTTP2StreamDelegate, @unchecked Sendable {
    typealias InboundIn = ByteBuffer

    private let loop: ServerLoop
    private var context: ChannelHandlerContext?
    private var streams = 0
    private var isDraining = false
    private var deadline: MonotonicTime
    private var writeProgress = WriteProgress()
    var sweepIndex = -1

    private init(loop: ServerLoop) {
        self.loop = loop
        deadline = loop.deadline(in: loop.limits.headerTimeout)
    }

    /// Furnishes a channel whose client speaks HTTP/2 from its first byte on.
    static func configure(_ channel: any Channel, loop: ServerLoop, isSecure: Bool) throws {
        let connection = HTTP2Connection(loop: loop)
        var configuration = NIOHTTP2Handler.Configuration()
        // HTTP2RequestHead is as strict and sees each header once.
        configuration.connection.headerBlockValidation = .disabled
        configuration.connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: 128),
            HTTP2Setting(parameter: .maxHeaderListSize, value: loop.limits.head.head),
            HTTP2Setting(parameter: .initialWindowSize, value: 64 << 10),
        ]
        configuration.stream.targetWindowSize = 64 << 10
        configuration.stream.outboundBufferSizeHighWatermark = 64 << 10
        configuration.stream.outboundBufferSizeLowWatermark = 32 << 10
        let peer = PeerAddress(channel.remoteAddress)
        let handler = NIOHTTP2Handler(
            mode: .server, eventLoop: channel.eventLoop, connectionConfiguration: configuration.connection,
            streamConfiguration: configuration.stream, streamDelegate: connection
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandler(
                    HTTP2Exchange(loop: loop, peer: peer, isSecure: isSecure))
            }
        }
        // In front of the frames: what happens to single streams does not pass here.
        try channel.pipeline.syncOperations.addHandlers([connection, FrameGathering(loop: loop), handler])
        // A frame has a way out from here on.
        if loop.isDraining { connection.drain() }
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        loop.remove(self)
        self.context = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func streamCreated(_ id: HTTP2StreamID, channel: any Channel) {
        streams += 1
        deadline = .never
    }

    func streamClosed(_ id: HTTP2StreamID, channel: any Channel) {
        streams -= 1
        guard streams == 0 else { return }
        deadline = loop.deadline(in: loop.limits.keepAliveTimeout)
        if isDraining { closeWhenWritten() }
    }

    func sweep(_ now: MonotonicTime) {
        let hasStalled = writeProgress.hasStalled(context?.channel, now: now, timeout: loop.limits.writeIdleTimeout)
        if hasStalled { return closeNow() }
        guard now > deadline else { return }
        // Idling begins when the last answers are out.
        if writeProgress.isWaiting {
            deadline = loop.deadline(in: loop.limits.keepAliveTimeout)
        } else {
            closeNow()
        }
    }

    /// Tells the client to open no more streams (RFC 9113 §6.8).
    func drain() {
        guard !isDraining, let context else { return }
        isDraining = true
        let goAway = HTTP2Frame.FramePayload.goAway(
            lastStreamID: .maxID, errorCode: .noError, opaqueData: nil)
        context.channel.writeAndFlush(HTTP2Frame(streamID: .rootStream, payload: goAway), promise: nil)
        if streams == 0 { closeWhenWritten() }
    }

    /// The last answers may still wait for the client to take them.
    private func closeWhenWritten() {
        guard let context else { return }
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        context.writeAndFlush(NIOAny(ByteBuffer()), promise: written)
    }

    func closeNow() { context?.close(promise: nil) }

    func closeIfIdle() { if streams == 0 { closeNow() } }
}
