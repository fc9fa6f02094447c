// The answer when no backend gave one: the route's own, or a short error.
import NIOCore
import PorticoCore
import PorticoHTTP

enum GatewayFailure {
    /// Seconds after which a client may try again, where no breaker knows better.
    static let retryAfter = 5

    static func answer(_ exchange: Exchange, _ error: PorticoError, of route: ProxyRoute) {
        let (status, message) = error.gatewayAnswer
        exchange.note(error)
        var fields = ByteBuffer()
        if let fallback = route.fallback {
            return fallback.answer(exchange, message: message, retryAfter: route.retryAfter(.now()))
        }
        if status == 503 { fields.writeField("Retry-After", String(route.retryAfter(.now()))) }
        exchange.respond(error: status, message: message, fields: fields)
    }
}
