// The listing of a folder without an index file, where the site allows it: read on the thread pool, answered as a page or,
// by `Accept`, as JSON.
import NIOCore
import NIOPosix
import PorticoCompression
import PorticoConfig
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
        let compression = compressesListing(isJSON: isJSON) ? settings.compression : nil
        let coding = compression == nil ? nil : acceptedCoding(exchange)
        NIOThreadPool.singleton.runIfActive(eventLoop: exchange.loop.eventLoop) { () -> Listing? in
            guard var folder = reader.read(relative) else { return nil }
            folder.entries = order.sorted(folder.entries)
            let page = ListingPage(folder: folder, order: order, path: path, mountDepth: mountDepth)
            let plain = ByteBuffer(string: isJSON ? page.json : page.html)
            guard let coding, let compression, plain.readableBytes >= compression.minSize.bytes,
                let coded = plain.withUnsafeReadableBytes({
                    Compressor.compressWhole($0, coding: coding, level: .fast)
                })
            else { return Listing(body: plain, coding: nil) }
            return Listing(body: ByteBuffer(bytes: coded), coding: coding)
        }.assumeIsolated().whenSuccess { listing in
            guard let listing else { return exchange.fail(403, .forbidden, "This folder cannot be read.") }
            let fields = Self.fields(of: listing, isJSON: isJSON, varies: compression != nil)
            exchange.respond(status: 200, fields: fields, body: listing.body)
        }
    }

    private struct Listing: Sendable {
        let body: ByteBuffer
        let coding: ContentCoding?
    }

    private static func type(isJSON: Bool) -> String { isJSON ? "application/json" : "text/html; charset=utf-8" }

    /// Made anew for each answer: nothing but the fast codings, and no sidecars.
    private func compressesListing(isJSON: Bool) -> Bool {
        settings.compression.enabled && MediaTypes.list(settings.compression.types, covers: Self.type(isJSON: isJSON))
    }

    /// Programs say `application/json`; browsers say `text/html` among others.
    private static func prefersJSON(_ exchange: Exchange) -> Bool {
        guard let accept = exchange.head.fields.value(of: .accept) else { return false }
        return accept.listContainsType("application/json") && !accept.listContainsType("text/html")
    }

    private static func fields(of listing: Listing, isJSON: Bool, varies: Bool) -> ByteBuffer {
        var fields = ByteBuffer()
        fields.writeField("Content-Type", type(isJSON: isJSON))
        fields.writeField("Vary", varies ? "Accept, Accept-Encoding" : "Accept")
        if let coding = listing.coding { fields.writeField("Content-Encoding", coding.rawValue) }
        fields.writeStaticString("Cache-Control: no-cache\r\nX-Content-Type-Options: nosniff\r\n")
        fields.writeStaticString(
            "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'\r\n"
        )
        return fields
    }
}
