// Answers requests from a directory, step by step: cache, else resolve and read; negotiate, conditions, range, reply.
// Shared by all event loops; what is read from disk is read on the thread pool.
import NIOCore
import NIOPosix
import PorticoCompression
package import PorticoConfig
import PorticoCore
package import PorticoHTTP

/// Immutable but for the cache, which has a lock.
package final class StaticSite: Sendable {
    let settings: SiteSettings
    private let cache: FileCache
    private let loader: EntryLoader
    private let fallback: SitePath?

    package init(_ settings: SiteSettings) {
        self.settings = settings
        cache = FileCache(budget: settings.cacheSize.bytes)
        loader = EntryLoader(settings)
        fallback =
            settings.fallback.isEmpty
            ? nil : Array(("/" + settings.fallback).utf8).withUnsafeBytes { SitePath($0, allowHidden: true) }
    }

    /// `missing` is asked before the SPA fallback and a 404; it answers and says true, or false.
    package func answer(_ exchange: Exchange, missing: @escaping (Exchange) -> Bool) {
        switch exchange.head.method {
        case .get, .head: break
        case .options: return respondOptions(exchange)
        default: return respondNotAllowed(exchange)
        }
        let found = exchange.head.withRoutingPath { cache.find($0) }
        if let found, found.isFresh(exchange.record.started) { return reply(exchange, found) }
        load(exchange, missing: missing)
    }

    // MARK: Misses

    private func load(_ exchange: Exchange, missing: @escaping (Exchange) -> Bool) {
        guard let path = exchange.head.withRoutingPath({ SitePath($0, allowHidden: settings.hiddenFiles) }) else {
            // `/docs` of a site that lies at `/docs/*` is its root without the slash.
            return exchange.head.isMountItself ? redirect(exchange, to: .withSlash) : respondMissing(exchange)
        }
        // However a path is spelt, its file is kept once.
        let key = path.key
        if let entry = key.withUnsafeBytes({ cache.find($0) }), entry.isFresh(exchange.record.started) {
            return reply(exchange, entry)
        }
        onThreadPool(exchange, { self.loader.load(path, key: key) }) { outcome in
            exchange.trace?.noteOutcome(outcome, path)
            switch outcome {
            case .entry(let entry):
                self.cache.store(entry)
                self.reply(exchange, entry)
            case .elsewhere(let address): self.redirect(exchange, to: address)
            case .listing: self.respondListing(exchange, path.relative)
            case .missing:
                self.cache.remove(key)
                if missing(exchange) { return }
                self.replyFallback(exchange)
            case .noDirectory:
                self.cache.remove(key)
                self.respondMissing(exchange)
            case .forbidden: exchange.fail(403, "forbidden", "This file cannot be read.")
            case .exhausted: self.respondExhausted(exchange)
            }
        }
    }

    /// The application's page for navigations to paths that only it knows; a missing asset stays missing.
    private func replyFallback(_ exchange: Exchange) {
        exchange.trace?.noteFallback(fallback, isNavigation: isNavigation(exchange))
        guard let fallback, isNavigation(exchange) else { return respondMissing(exchange) }
        // Its own address may be a redirect.
        let key = settings.cleanURLs ? Self.fallbackKey : fallback.key
        if let entry = key.withUnsafeBytes({ cache.find($0) }), entry.isFresh(exchange.record.started) {
            return reply(exchange, entry)
        }
        onThreadPool(exchange, { self.loader.load(relative: fallback.relative, key: key) }) { outcome in
            guard case .entry(let entry) = outcome else { return self.respondMissing(exchange) }
            self.cache.store(entry)
            self.reply(exchange, entry)
        }
    }

    /// No path is spelt so.
    private static let fallbackKey = Array("fallback".utf8)

    private func isNavigation(_ exchange: Exchange) -> Bool {
        guard exchange.head.fields.value(of: .accept)?.listContainsType("text/html") == true else { return false }
        return !exchange.head.withRoutingPath(SitePath.hasExtension)
    }

    func onThreadPool<Value: Sendable>(
        _ exchange: Exchange, _ work: @escaping @Sendable () -> Value, then: @escaping (Value) -> Void
    ) {
        NIOThreadPool.singleton.runIfActive(eventLoop: exchange.loop.eventLoop, work)
            .assumeIsolated().whenSuccess(then)
    }

    // MARK: Replies

    private func reply(_ exchange: Exchange, _ entry: StaticEntry) {
        if let trace = exchange.trace { trace.noteCoding(acceptedCoding(exchange), of: entry, exchange.head.fields) }
        guard entry.isNegotiable, let coding = acceptedCoding(exchange) else {
            return reply(exchange, entry, entry.identity)
        }
        switch entry.variant(coding) {
        case .ready(let variant): reply(exchange, entry, variant)
        case .none: reply(exchange, entry, entry.identity)
        case .unknown: makeVariant(exchange, entry, coding)
        }
    }

    /// Ranges are parts of the plain file: a request with one is answered from it.
    private func acceptedCoding(_ exchange: Exchange) -> ContentCoding? {
        let fields = exchange.head.fields
        guard fields.has(.acceptEncoding), exchange.head.method == .head || !fields.has(.range) else { return nil }
        var accepted = AcceptEncoding()
        fields.forEachValue(of: .acceptEncoding) { accepted.read($0) }
        return accepted.offers.choose(from: settings.compression.encodings)
    }

    private func makeVariant(_ exchange: Exchange, _ entry: StaticEntry, _ coding: ContentCoding) {
        onThreadPool(exchange, { self.loader.variant(of: entry, coding) }) { variant in
            let known = entry.key.withUnsafeBytes { self.cache.find($0) }
            if let known, known.stamp == entry.stamp { self.cache.store(known.with(variant, for: coding)) }
            exchange.trace?.noteVariant(variant, isSidecar: self.loader.sidecar(of: entry, coding) != nil)
            if case .ready(let representation) = variant {
                self.reply(exchange, entry, representation)
            } else {
                self.reply(exchange, entry, entry.identity)
            }
        }
    }

    private func reply(_ exchange: Exchange, _ entry: StaticEntry, _ chosen: Representation) {
        let head = exchange.head
        if head.fields.hasConditions {
            let verdict = chosen.etag.withUnsafeBytes {
                Preconditions.evaluate(
                    head.fields, method: head.method, etag: $0, modified: entry.stamp.modifiedSeconds)
            }
            exchange.trace?.note("conditions", "\(verdict)")
            switch verdict {
            case .proceed: break
            case .notModified: return exchange.respond(chosen.notModified)
            case .failed: return exchange.fail(412, "", "The file is not in the state the request asked for.")
            }
        }
        if head.method == .get, let range = head.fields.value(of: .range),
            chosen.etag.withUnsafeBytes({
                Preconditions.rangeApplies(head.fields, etag: $0, modified: entry.stamp.modifiedSeconds)
            })
        {
            switch ByteRanges(range, size: chosen.size) {
            case .whole: break
            case .part(let part): return chosen.reply(exchange, part: part)
            case .parts(let parts): return chosen.reply(exchange, parts: parts)
            case .unsatisfiable: return respondUnsatisfiable(exchange, size: chosen.size)
            }
        }
        switch chosen.content {
        case .memory(let prepared): exchange.respond(prepared)
        case .file(let file):
            exchange.start(ResponseHead(status: 200, fields: chosen.fields, length: .known(chosen.size)))
            exchange.finish(sending: file, from: 0, count: chosen.size)
        }
    }
}
