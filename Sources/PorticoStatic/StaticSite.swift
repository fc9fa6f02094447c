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
    private let watch: SiteWatch
    private let loads = SingleFlight<Loaded>()
    package let counters = SiteCounters()
    private let loader: EntryLoader
    private let variantLoader: VariantLoader
    private let variants: VariantMaker
    private let fallback: SitePath?

    package init(_ settings: SiteSettings) {
        self.settings = settings
        cache = FileCache(budget: settings.cacheSize.bytes)
        watch = SiteWatch(root: settings.directory, cache: cache, counters: counters)
        loader = EntryLoader(settings, watch: watch, counters: counters)
        variantLoader = VariantLoader(settings, counters: counters)
        variants = VariantMaker(cache: cache, loader: variantLoader, counters: counters)
        fallback =
            settings.fallback.isEmpty
            ? nil : Array(("/" + settings.fallback).utf8).withUnsafeBytes { SitePath($0, allowHidden: true) }
    }

    /// Memory is short: the cache gives up half of what it holds, and holds no more until it is restored.
    package func shrinkCache() { cache.shrink() }

    package func restoreCache() { cache.restore() }

    package var cachedCount: Int { cache.count }
    package var cachedBytes: Int { cache.bytes }

    deinit {
        BestVariants.shared.cancel(ObjectIdentifier(cache))
        watch.close()
    }

    /// `missing` is asked before the SPA fallback and a 404; it answers and says true, or false.
    package func answer(_ exchange: Exchange, missing: @escaping (Exchange) -> Bool) {
        switch exchange.head.method {
        case .get, .head: break
        case .options: return respondOptions(exchange)
        default: return respondNotAllowed(exchange)
        }
        let found = exchange.head.withRoutingPath { cache.find($0) }
        guard let found, found.isFresh(exchange.record.started) else {
            exchange.record.cache = .miss
            return load(exchange, missing: missing)
        }
        exchange.record.cache = .hit
        if let prepared = found.prepared, wantsAsItIs(exchange, found) { return exchange.respond(prepared) }
        reply(exchange, found)
    }

    /// Nothing to negotiate, no condition, no range: the shortest way.
    private func wantsAsItIs(_ exchange: Exchange, _ entry: StaticEntry) -> Bool {
        let fields = exchange.head.fields
        return !fields.hasConditions && !fields.has(.range) && !(entry.isNegotiable && fields.has(.acceptEncoding))
            && exchange.trace == nil
    }

    /// What the cache holds under a key, which counts as no use of it; nil where it holds nothing.
    package func cacheState(of key: [UInt8]) -> CacheState? { cache.peek(key).map(CacheState.init) }

    // MARK: Misses

    private func load(_ exchange: Exchange, missing: @escaping (Exchange) -> Bool) {
        guard let path = exchange.head.withRoutingPath({ SitePath($0, allowHidden: settings.hiddenFiles) }) else {
            // `/docs` of a site that lies at `/docs/*` is its root without the slash.
            return exchange.head.isMountItself ? redirect(exchange, to: .withSlash) : respondMissing(exchange)
        }
        // However a path is spelt, its file is kept once.
        let key = path.key
        if let entry = key.withUnsafeBytes({ cache.find($0) }), entry.isFresh(exchange.record.started) {
            exchange.record.cache = .hit
            return reply(exchange, entry)
        }
        fetch(exchange, key, { self.loader.load(path, key: key) }) { loaded in
            exchange.trace?.noteOutcome(loaded.outcome, path)
            switch loaded.outcome {
            case .entry(let entry): self.reply(exchange, entry, loaded.variant)
            case .elsewhere(let address): self.redirect(exchange, to: address)
            case .listing: self.respondListing(exchange, path.relative)
            case .missing:
                if missing(exchange) { return }
                self.replyFallback(exchange)
            case .noDirectory: self.respondMissing(exchange)
            case .forbidden: exchange.fail(403, .forbidden, "This file cannot be read.")
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
            exchange.record.cache = .hit
            return reply(exchange, entry)
        }
        fetch(exchange, key, { self.loader.load(relative: fallback.relative, key: key) }) { loaded in
            guard case .entry(let entry) = loaded.outcome else { return self.respondMissing(exchange) }
            self.reply(exchange, entry, loaded.variant)
        }
    }

    /// No path is spelt so.
    private static let fallbackKey = Array("fallback".utf8)

    private func isNavigation(_ exchange: Exchange) -> Bool {
        guard exchange.head.fields.value(of: .accept)?.listContainsType("text/html") == true else { return false }
        return !exchange.head.withRoutingPath(SitePath.hasExtension)
    }

    /// What came of reading a file, and its coded form that the first of those who asked wants: under way, or made.
    private struct Loaded: Sendable {
        let outcome: EntryLoader.Outcome
        var variant: VariantInMaking?
    }

    /// Reads a file on the thread pool and keeps it; once, however many ask at the same time. It is encoded on the same trip.
    private func fetch(
        _ exchange: Exchange, _ key: [UInt8], _ load: @escaping @Sendable () -> EntryLoader.Outcome,
        then: @escaping (Loaded) -> Void
    ) {
        let (coding, eventLoop) = (acceptedCoding(exchange), exchange.loop.eventLoop)
        loads.join(key, on: eventLoop) { land in
            // Somebody may have read it since this one looked.
            if let entry = key.withUnsafeBytes({ self.cache.find($0) }), entry.isFresh(.now()) {
                return land(Loaded(outcome: .entry(entry)))
            }
            let outcome = load()
            guard case .entry(let entry) = outcome else {
                self.cache.remove(key)
                return land(Loaded(outcome: outcome))
            }
            self.keep(entry)
            guard entry.isNegotiable, let coding else { return land(Loaded(outcome: outcome)) }
            self.variants.makeVariant(of: entry, coding, on: eventLoop) { land(Loaded(outcome: outcome, variant: $0)) }
        }.assumeIsolated().whenSuccess(then)
    }

    private func keep(_ entry: StaticEntry) {
        cache.store(entry)
        // A change that was reported before the cache had it.
        if let watched = entry.watched, !watch.isUnchanged(watched) { cache.remove(entry.key) }
    }

    // MARK: Replies

    /// `begun`: a coded form of it that is being made.
    private func reply(_ exchange: Exchange, _ entry: StaticEntry, _ begun: VariantInMaking? = nil) {
        if let trace = exchange.trace {
            trace.cacheKey = entry.key
            trace.noteCoding(acceptedCoding(exchange), of: entry, exchange.head.fields)
        }
        guard entry.isNegotiable, let coding = acceptedCoding(exchange) else {
            return reply(exchange, entry, entry.identity)
        }
        switch entry.variant(coding) {
        case .quick(let variant), .best(let variant): reply(exchange, entry, variant)
        case .none: reply(exchange, entry, entry.identity)
        case .unknown: reply(exchange, entry, coding, begun)
        }
    }

    /// Ranges are parts of the plain file: a request with one is answered from it.
    func acceptedCoding(_ exchange: Exchange) -> ContentCoding? {
        let fields = exchange.head.fields
        guard fields.has(.acceptEncoding), exchange.head.method == .head || !fields.has(.range) else { return nil }
        var accepted = AcceptEncoding()
        fields.forEachValue(of: .acceptEncoding) { accepted.read($0) }
        return accepted.offers.choose(from: settings.compression.encodings)
    }

    private func reply(
        _ exchange: Exchange, _ entry: StaticEntry, _ coding: ContentCoding, _ begun: VariantInMaking?
    ) {
        if exchange.record.cache == .hit { exchange.record.cache = .encoded }
        let variant =
            begun.flatMap { $0.coding == coding ? $0 : nil }
            ?? variants.variant(of: entry, coding, on: exchange.loop.eventLoop)
        VariantReader.answer(exchange, with: variant) { exchange, end in
            guard case .made(let made) = end else { return self.reply(exchange, entry, entry.identity) }
            exchange.trace?.noteVariant(
                made, of: entry, isSidecar: self.variantLoader.sidecar(of: entry, coding) != nil)
            self.reply(exchange, entry, made.representation ?? entry.identity)
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
            case .failed:
                return exchange.fail(412, .preconditionFailed, "The file is not in the state the request asked for.")
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
