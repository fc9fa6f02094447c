// The listing of a folder without an index file, where the site allows it: read on the thread pool, answered as a page or,
// by `Accept`, as JSON.
import NIOCore
import NIOPosix
import PorticoCore
import PorticoHTTP

extension StaticSite {
    func respondListing(_ exchange: Exchange, _ relative: String) {
        let head = exchange.head
        let order = head.hasQuery ? ListingOrder(query: head.queryBytes) : ListingOrder()
        let path = head.withWholePath(\.text)
        let mountDepth = path.utf8.prefix(head.mountLength).split(separator: 0x2F).count
        let reader = DirectoryReader(settings)
        let isJSON = Self.prefersJSON(exchange)
        NIOThreadPool.singleton.runIfActive(eventLoop: exchange.loop.eventLoop) { () -> ByteBuffer? in
            guard var folder = reader.read(relative) else { return nil }
            folder.entries = order.sorted(folder.entries)
            let page = ListingPage(folder: folder, order: order, path: path, mountDepth: mountDepth)
            return ByteBuffer(string: isJSON ? page.json : page.html)
        }.assumeIsolated().whenSuccess { body in
            guard let body else { return exchange.fail(403, "forbidden", "This folder cannot be read.") }
            exchange.respond(status: 200, fields: Self.listingFields(isJSON: isJSON), body: body)
        }
    }

    /// Programs say `application/json`; browsers say `text/html` among others.
    private static func prefersJSON(_ exchange: Exchange) -> Bool {
        guard let accept = exchange.head.fields.value(of: .accept) else { return false }
        return accept.listContainsType("application/json") && !accept.listContainsType("text/html")
    }

    private static func listingFields(isJSON: Bool) -> ByteBuffer {
        var fields = ByteBuffer()
        fields.writeField("Content-Type", isJSON ? "application/json" : "text/html; charset=utf-8")
        fields.writeStaticString("Cache-Control: no-cache\r\nVary: Accept\r\nX-Content-Type-Options: nosniff\r\n")
        fields.writeStaticString(
            "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'\r\n"
        )
        return fields
    }
}
