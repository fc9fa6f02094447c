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
        exchange.record.reason = .methodNotAllowed
        exchange.respond(error: 405, message: "This is a file: it can be read.", fields: Self.allow)
    }

    func respondMissing(_ exchange: Exchange) {
        exchange.fail(404, .notFound, "There is nothing here by this name.")
    }

    func respondUnsatisfiable(_ exchange: Exchange, size: Int) {
        exchange.record.reason = .rangeNotSatisfiable
        var fields = ByteBuffer()
        fields.writeField("Content-Range", "bytes */\(size)")
        exchange.respond(error: 416, message: "The range lies outside the file.", fields: fields)
    }

    func respondExhausted(_ exchange: Exchange) {
        exchange.record.reason = .tooManyFiles
        var fields = ByteBuffer()
        fields.writeStaticString("Retry-After: 1\r\n")
        exchange.respond(error: 503, message: "The server has no file handles left.", fields: fields)
    }

    func redirect(_ exchange: Exchange, to address: CanonicalAddress) {
        let path = exchange.head.withWholePath { address.path(from: $0) }
        let query = exchange.head.hasQuery ? Array(exchange.head.queryBytes) : nil
        var fields = ByteBuffer()
        fields.writeField("Location", LocalAddress.text(path: path, query: query))
        fields.writeStaticString("X-Content-Type-Options: nosniff\r\n")
        exchange.respond(status: 308, fields: fields, body: ByteBuffer())
    }

    private static var allow: ByteBuffer { ByteBuffer(string: "Allow: GET, HEAD, OPTIONS\r\n") }
}

extension Exchange {
    func fail(_ status: Int, _ reason: EndReason, _ message: String) {
        record.reason = reason
        respond(error: status, message: message)
    }
}
