// Redirects and rewrites, applied to a request: the table says where to, this sends the client there or changes the path.
import NIOCore
import PorticoConfig
import PorticoCore
import PorticoHTTP
import PorticoRouting
import PorticoTelemetry

enum RedirectStep {
    private static let label = Label("redirect")

    /// False where no redirect takes the request, or where it would lead to the very address that was asked for.
    static func answer(_ exchange: Exchange, _ table: RedirectTable) -> Bool {
        let head = exchange.head
        let redirect = head.withWholePath {
            table.redirect(path: $0, host: head.hostBytes, query: head.hasQuery ? head.queryBytes : nil)
        }
        guard let redirect, !isSame(redirect.location, exchange) else { return false }
        exchange.trace?.note(
            "redirect",
            "[[redirect]] from \"\(redirect.rule.from)\" to \"\(redirect.rule.to)\" is the first that takes the path")
        exchange.record.route = label
        exchange.record.routeRow = RouteNames.redirect
        var fields = ByteBuffer()
        redirect.location.withUnsafeBytes { fields.writeField("Location", $0) }
        exchange.respond(status: redirect.status, fields: fields, body: ByteBuffer())
        return true
    }

    private static func isSame(_ location: [UInt8], _ exchange: Exchange) -> Bool {
        let target = exchange.head.targetBytes
        if location.first == 0x2F { return target.elementsEqual(location) }
        let origin = (exchange.isSecure ? "https://" : "http://") + exchange.head.authorityBytes.text
        return location.elementsEqual(Array(origin.utf8) + target)
    }

    /// Puts another path in place of the one that was asked for. The client does not learn of it.
    static func rewrite(_ exchange: Exchange, _ table: RedirectTable) -> Bool {
        let head = exchange.head
        let rewrite = head.withWholePath { table.rewrite(path: $0, host: head.hostBytes) }
        guard let rewrite else { return false }
        exchange.trace?.note(
            "rewrite",
            "[[redirect]] from \"\(rewrite.rule.from)\" with status 200 leads to \(String(decoding: rewrite.path, as: UTF8.self))"
        )
        head.normalisedPath = rewrite.path
        head.mountLength = 0
        return true
    }
}
