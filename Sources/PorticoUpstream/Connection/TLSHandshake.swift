// Waits in the pipeline for the end of a TLS handshake, says how it went, and leaves.
import NIOCore
import NIOSSL
import NIOTLS

final class TLSHandshake: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let tls: UpstreamTLS
    /// Told nil, or why there is no connection.
    private var done: ((String?) -> Void)?

    init(_ tls: UpstreamTLS, _ done: @escaping (String?) -> Void) {
        self.tls = tls
        self.done = done
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted(let chosen)? = event as? TLSUserEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        guard let requiredProtocol = tls.requiredProtocol, chosen != requiredProtocol else {
            return finish(context, nil)
        }
        finish(context, "the backend does not agree on \(requiredProtocol) (ALPN)")
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard done != nil else { return }
        let certificate = try? context.pipeline.syncOperations.nioSSL_peerCertificate()
        finish(context, TLSFault.text(error, name: tls.checkedName, shown: certificate.map(TLSFault.Validity.init)))
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(context, TLSFault.closed)
        context.fireChannelInactive()
    }

    private func finish(_ context: ChannelHandlerContext, _ failure: String?) {
        guard let done else { return }
        self.done = nil
        // Handlers to come stand where this one did.
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
        done(failure)
    }
}
