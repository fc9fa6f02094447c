// The site's answers that come from no file.
import NIOCore
import PorticoCore
import PorticoHTTP

extension StaticSite {
    func respondOptions(_ exchange: Exchange) {
        exchange.start(ResponseHead(status: 204, fields: Self.allow, length: .unstated))
        exchange.finish(trailers: nil)
    }

    func respondNotAllowed(_ exchange: Exchange) {
        exchange.record.reason = "method_not_allowed"
        exchange.respond(error: 405, message: "This is a file: it can be read.", fields: Self.allow)
    }

    func respondMissing(_ exchange: Exchange) {
        exchange.fail(404, "", "There is nothing here by this name.")
    }

    func respondUnsatisfiable(_ exchange: Exchange, size: Int) {
        var fields = ByteBuffer()
        fields.writeField("Content-Range", "bytes */\(size)")
        exchange.respond(error: 416, message: "The range lies outside the file.", fields: fields)
    }

    /// `//evil.example` must not become a redirect to another host: slashes at the start are made one.
    func redirectToSlash(_ exchange: Exchange) {
        let path = exchange.head.withWholePath { Array($0) }
        var location = "/" + String(decoding: path.drop { $0 == 0x2F }, as: UTF8.self) + "/"
        if exchange.head.hasQuery { location += "?" + exchange.head.queryBytes.text }
        var fields = ByteBuffer()
        fields.writeField("Location", location)
        exchange.respond(status: 308, fields: fields, body: ByteBuffer())
    }

    private static var allow: ByteBuffer { ByteBuffer(string: "Allow: GET, HEAD, OPTIONS\r\n") }
}

extension Exchange {
    func fail(_ status: Int, _ reason: StaticString, _ message: String) {
        record.reason = reason
        respond(error: status, message: message)
    }
}
