// `ssl_required`: a request that came over plain HTTP is sent to HTTPS where that is safe, and refused where it is not.
import NIOCore
import PorticoCore
import PorticoHTTP

enum SecureRedirect {
    /// True where the request came over TLS: to us, or to a trusted proxy that says so.
    static func isSecure(_ exchange: Exchange, trustsPeer: Bool) -> Bool {
        if exchange.isSecure { return true }
        guard trustsPeer, let scheme = exchange.head.fields.value(of: .xForwardedProto) else { return false }
        return scheme.equalsFolded("https")
    }

    /// 308 keeps the method; what could have a body or turn into a stream was sent in the clear already and is not sent again.
    static func answer(_ exchange: Exchange, port: Int) {
        let head = exchange.head
        exchange.record.reason = .tlsRequired
        guard head.method == .get || head.method == .head, !head.wantsUpgrade, !head.hostBytes.isEmpty,
            head.targetBytes.first == 0x2F
        else { return exchange.respond(error: 403, message: "This path is served over HTTPS only.") }
        var fields = ByteBuffer()
        fields.writeStaticString("Location: https://")
        fields.writeBytes(head.hostBytes)
        if port != 443 { fields.writeString(":\(port)") }
        fields.writeBytes(head.targetBytes)
        fields.writeStaticString("\r\n")
        exchange.respond(error: 308, message: "This path is served over HTTPS only.", fields: fields)
    }
}
