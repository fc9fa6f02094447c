// What is kept of a coded form, and what is handed out while it is made: without a client.
import NIOCore
import NIOPosix
import PorticoCompression
import PorticoConfig
import PorticoCore
import PorticoHTTP
import PorticoTesting
import Testing

@testable import PorticoStatic

@Suite struct VariantMakerTests {
    /// A site without a server in front of it.
    private struct Workshop {
        let site = TempSite()
        let cache: FileCache
        let counters = SiteCounters()
        let entries: EntryLoader
        let variants: VariantLoader
        let maker: VariantMaker
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()

        init() {
            let settings = site.configuration.site
            cache = FileCache(budget: 16 << 20)
            // Nothing but the test ends an entry.
            let watch = SiteWatch(root: settings.directory, cache: cache, counters: counters)
            watch.close()
            entries = EntryLoader(settings, watch: watch, counters: counters)
            variants = VariantLoader(settings, counters: counters)
            maker = VariantMaker(cache: cache, loader: variants, counters: counters)
        }

        func entry(_ name: String) throws -> StaticEntry {
            let key = Array("/\(name)".utf8)
            var entry: StaticEntry?
            if case .entry(let found) = entries.load(relative: name, key: key) { entry = found }
            if let entry { cache.store(entry) }
            return try #require(entry)
        }

        func kept(_ entry: StaticEntry, _ coding: ContentCoding) -> StaticEntry.Variant? {
            cache.peek(entry.key)?.variant(coding)
        }
    }

    private static let text = FileEncodingTests.text
    private static let noise = (0..<100_000).map { _ in UInt8.random(in: .min ... .max) }

    @Test(arguments: ContentCoding.allCases)
    func whatWasHandedOutIsWhatIsKept(coding: ContentCoding) throws {
        let shop = Workshop()
        shop.site.files.write("a.js", Self.text)
        let entry = try shop.entry("a.js")
        var pieces = ByteBuffer()
        var heads: [RepresentationHead] = []
        let coded = try #require(
            shop.variants.variant(of: entry, coding) { piece, head in
                pieces.writeImmutableBuffer(piece)
                heads.append(head)
            })
        pieces.writeImmutableBuffer(try #require(coded.lastPiece))
        let made = try #require(coded.variant.representation)
        guard case .memory(let prepared) = made.content else {
            Issue.record("not in memory")
            return
        }
        #expect(prepared.body == pieces && made.size == pieces.readableBytes && coded.mayBeKept)
        #expect(heads.allSatisfy { $0.etag == made.etag && $0.fields == made.fields } && !heads.isEmpty)
    }

    /// Nobody has to wait for it.
    @Test func itIsKeptWithoutAReader() throws {
        let shop = Workshop()
        shop.site.files.write("a.js", Self.text)
        let entry = try shop.entry("a.js")
        var calls = 0
        shop.maker.makeVariant(of: entry, .gzip, on: shop.eventLoop) { _ in
            calls += 1
            #expect(shop.kept(entry, .gzip)?.isUnknown == true, "there is something to send before it is done")
        }
        #expect(calls == 1 && shop.kept(entry, .gzip)?.representation != nil)
        shop.maker.makeVariant(of: entry, .gzip, on: shop.eventLoop) { _ in calls += 1 }
        #expect(calls == 2 && shop.counters.encodingCount == 1)
    }

    @Test func whoComesMeanwhileTakesPartAndNothingIsMadeTwice() throws {
        let shop = Workshop()
        shop.site.files.write("a.js", Self.text)
        let entry = try shop.entry("a.js")
        var others: [VariantInMaking] = []
        shop.maker.makeVariant(of: entry, .brotli, on: shop.eventLoop) { first in
            others.append(shop.maker.variant(of: entry, .brotli, on: shop.eventLoop))
            shop.maker.makeVariant(of: entry, .brotli, on: shop.eventLoop) { others.append($0) }
            #expect(others.allSatisfy { $0 === first })
        }
        #expect(others.count == 2 && shop.counters.encodingCount == 1)
    }

    /// As every request reads it where the cache has no room.
    @Test func whoReadsTheFileAnewMeanwhileTakesPartToo() throws {
        let shop = Workshop()
        shop.site.files.write("a.js", Self.text)
        var isSame = false
        shop.maker.makeVariant(of: try shop.entry("a.js"), .brotli, on: shop.eventLoop) { first in
            guard let again = try? shop.entry("a.js") else { return }
            shop.maker.makeVariant(of: again, .brotli, on: shop.eventLoop) { isSame = $0 === first }
        }
        #expect(isSame && shop.counters.encodingCount == 1)
    }

    /// A newer state of the file is nothing to wait for an older one's encoding with.
    @Test func aNewerFileDoesNotTakePartInTheOldOnesEncoding() throws {
        let shop = Workshop()
        shop.site.files.write("a.js", Self.text)
        let old = try shop.entry("a.js")
        var isMade = false
        shop.maker.makeVariant(of: old, .brotli, on: shop.eventLoop) { first in
            shop.site.files.replace("a.js", Self.text + Self.text)
            guard let new = try? shop.entry("a.js") else { return }
            shop.maker.makeVariant(of: new, .brotli, on: shop.eventLoop) { isMade = $0 !== first && $0.entry === new }
        }
        #expect(isMade && shop.counters.encodingCount == 2)
    }

    @Test func whatChangedMeanwhileIsNotKept() throws {
        for change in ["shrinks", "grows"] {
            let shop = Workshop()
            shop.site.files.write("a.js", Self.text)
            shop.site.files.setModified("a.js", 1_000_000)
            let entry = try shop.entry("a.js")
            shop.maker.makeVariant(of: entry, .gzip, on: shop.eventLoop) { _ in
                if change == "shrinks" { shop.site.files.shrink("a.js", to: 60_000) }
                if change == "grows" { shop.site.files.write("a.js", Self.text + Self.text) }
            }
            #expect(shop.kept(entry, .gzip)?.isUnknown == true, "\(change)")
        }
    }

    /// Its first piece gets no smaller, so nothing is promised; all of it does.
    @Test func aBeginningThatDoesNotGetSmallerIsNotHandedOut() throws {
        let shop = Workshop()
        shop.site.files.write("a.js", Self.noise + Self.text)
        let entry = try shop.entry("a.js")
        let coded = shop.variants.variant(of: entry, .gzip) { _, _ in Issue.record("handed out") }
        #expect(coded?.variant.representation != nil && coded?.lastPiece == nil)
        shop.site.files.write("b.js", Self.noise)
        let noise = shop.variants.variant(of: try shop.entry("b.js"), .gzip) { _, _ in Issue.record("handed out") }
        guard case StaticEntry.Variant.none? = noise?.variant else {
            Issue.record("it shrank")
            return
        }
    }

    /// What began well is sent to its end, whatever that costs; the next answers are plain.
    @Test func anEndThatGrowsIsSentButNotKept() throws {
        let shop = Workshop()
        let noise = (0..<10).flatMap { _ in Self.noise }
        shop.site.files.write("a.js", Self.text.prefix(20_000) + noise)
        let entry = try shop.entry("a.js")
        var sent: [UInt8] = []
        let coded = try #require(
            shop.variants.variant(of: entry, .gzip) { piece, _ in sent += piece.readableBytesView })
        sent += coded.lastPiece.map { Array($0.readableBytesView) } ?? []
        let plain = try sent.withUnsafeBytes { try Decompressor.decompressWhole($0, coding: .gzip, limit: 4 << 20) }
        #expect(plain == Self.text.prefix(20_000) + noise)
    }
}
