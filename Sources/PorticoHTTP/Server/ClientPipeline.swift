// What stands in the pipeline of an accepted connection: HTTP/1, or HTTP/2 by prior knowledge, or behind TLS whichever
// ALPN chose.
import NIOCore
import NIOSSL
import NIOTLS
import PorticoCore

enum ClientPipeline {
    static func configure(_ channel: any Channel, loop: ServerLoop, tls: NIOSSLContext?) throws {
        guard let tls else {
            return try channel.pipeline.syncOperations.addHandler(HTTP1Connection(loop: loop, isSecure: false))
        }
        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
        try channel.pipeline.syncOperations.addHandler(ProtocolChoice(loop: loop))
    }

    /// Replaces HTTP/1 when the HTTP/2 preface was met, and gives the bytes read so far to the new handlers.
    static func becomeHTTP2(_ channel: any Channel, loop: ServerLoop, received: ByteBuffer) {
        do {
            let http1 = try channel.pipeline.syncOperations.handler(type: HTTP1Connection.self)
            channel.pipeline.syncOperations.removeHandler(http1, promise: nil)
            try HTTP2Connection.configure(channel, loop: loop, isSecure: false)
            channel.pipeline.fireChannelRead(received)
            channel.pipeline.fireChannelReadComplete()
        } catch {
            channel.close(promise: nil)
        }
    }
}

/// Waits for the TLS handshake and furnishes the pipeline by what ALPN chose (RFC 7301).
private final class ProtocolChoice: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let loop: ServerLoop
    private var early: [NIOAny] = []
    private var timeout: Scheduled<Void>?

    init(loop: ServerLoop) { self.loop = loop }

    func handlerAdded(context: ChannelHandlerContext) {
        let nanoseconds = loop.limits.headerTimeout.nanoseconds
        timeout = context.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(nanoseconds)) {
            context.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { timeout?.cancel() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { early.append(data) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted(let chosen)? = event as? TLSUserEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        do {
            if chosen == "h2" {
                try HTTP2Connection.configure(context.channel, loop: loop, isSecure: true)
            } else {
                let http1 = HTTP1Connection(loop: loop, isSecure: true)
                try context.pipeline.syncOperations.addHandler(http1)
            }
            for data in early { context.fireChannelRead(data) }
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        } catch {
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
