// Waits in the pipeline for the end of a TLS handshake, says how it went, and leaves.
import NIOCore
import NIOSSL
import NIOTLS

final class TLSHandshake: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let requiredProtocol: String?
    /// Told nil, or why there is no connection.
    private var done: ((String?) -> Void)?

    init(requiredProtocol: String?, _ done: @escaping (String?) -> Void) {
        self.requiredProtocol = requiredProtocol
        self.done = done
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted(let chosen)? = event as? TLSUserEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        guard let requiredProtocol, chosen != requiredProtocol else { return finish(context, nil) }
        finish(context, "the backend does not agree on \(requiredProtocol) (ALPN)")
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { finish(context, Self.text(error)) }

    func channelInactive(context: ChannelHandlerContext) {
        finish(context, "closed during the handshake")
        context.fireChannelInactive()
    }

    private func finish(_ context: ChannelHandlerContext, _ failure: String?) {
        guard let done else { return }
        self.done = nil
        // Handlers to come stand where this one did.
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
        done(failure)
    }

    private static func text(_ error: any Error) -> String {
        switch error {
        case NIOSSLError.handshakeFailed(let failure): "TLS handshake failed: \(failure)"
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            "the certificate is for another host: \(error)"
        default: "TLS: \(error)"
        }
    }
}
