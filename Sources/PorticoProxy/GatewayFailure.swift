// The answer when no backend gave one.
import NIOCore
import PorticoCore
import PorticoHTTP

enum GatewayFailure {
    /// Seconds after which a client may try again, where we have no better estimate.
    static let retryAfter = 5

    static func answer(_ exchange: Exchange, _ error: PorticoError) {
        let (status, message) = error.gatewayAnswer
        exchange.record.reason = error.kind.reason
        var fields = ByteBuffer()
        if status == 503 { fields.writeField("Retry-After", String(retryAfter)) }
        exchange.respond(error: status, message: message, fields: fields)
    }
}
