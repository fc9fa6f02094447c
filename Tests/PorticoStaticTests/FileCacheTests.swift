// What the cache keeps and what it lets go.
import NIOCore
import PorticoCore
import PorticoHTTP
import Testing

@testable import PorticoStatic

@Suite struct FileCacheTests {
    private static func entry(_ key: String, size: Int) -> StaticEntry {
        let head = RepresentationHead(etag: Array("\"\(key)\"".utf8), shared: ByteBuffer(), fields: ByteBuffer())
        let identity = Representation(head, bytes: ByteBuffer(repeating: 1, count: size))
        return StaticEntry(
            key: Array(key.utf8), path: key, stamp: FileStamp(path: "/")!, identity: identity, isNegotiable: false)
    }

    private static func find(_ cache: FileCache, _ key: String) -> StaticEntry? {
        Array(key.utf8).withUnsafeBytes { cache.find($0) }
    }

    @Test func whatIsStoredIsFoundUntilItIsRemoved() {
        let cache = FileCache(budget: 1 << 20)
        let entry = Self.entry("/a", size: 100)
        cache.store(entry)
        #expect(Self.find(cache, "/a") === entry && Self.find(cache, "/b") == nil)
        cache.remove(entry.key)
        #expect(Self.find(cache, "/a") == nil)
        cache.remove(entry.key)
    }

    @Test func aNewEntryReplacesTheOldOne() {
        let cache = FileCache(budget: 1 << 20)
        cache.store(Self.entry("/a", size: 100))
        let newer = Self.entry("/a", size: 200)
        cache.store(newer)
        #expect(Self.find(cache, "/a") === newer)
    }

    @Test func theLeastRecentlyUsedGoesFirst() {
        let footprint = Self.entry("/0", size: 1000).footprint
        let cache = FileCache(budget: footprint * 10)
        for number in 0..<10 { cache.store(Self.entry("/\(number)", size: 1000)) }
        _ = Self.find(cache, "/0")
        cache.store(Self.entry("/x", size: 1000))
        #expect(Self.find(cache, "/0") != nil && Self.find(cache, "/1") == nil)
        for number in 2..<10 { #expect(Self.find(cache, "/\(number)") != nil, "\(number)") }
    }

    @Test func whatTakesMoreThanAnEighthIsNotKept() {
        let cache = FileCache(budget: 80_000)
        cache.store(Self.entry("/small", size: 100))
        cache.store(Self.entry("/huge", size: 20_000))
        #expect(Self.find(cache, "/huge") == nil && Self.find(cache, "/small") != nil)
    }

    @Test func aBudgetOfNothingKeepsNothing() {
        let cache = FileCache(budget: 0)
        cache.store(Self.entry("/a", size: 1))
        #expect(Self.find(cache, "/a") == nil)
    }

    @Test func theNumberOfEntriesIsBounded() {
        let cache = FileCache(budget: .max / 2)
        for number in 0...(FileCache.maxEntries + 10) { cache.store(Self.entry("/\(number)", size: 1)) }
        #expect(Self.find(cache, "/0") == nil && Self.find(cache, "/\(FileCache.maxEntries + 10)") != nil)
    }

    @Test func whatWasAskedForIsPassedOverOnce() {
        let footprint = Self.entry("/0", size: 1000).footprint
        let cache = FileCache(budget: footprint * 10)
        for number in 0..<10 { cache.store(Self.entry("/\(number)", size: 1000)) }
        for number in 0..<10 { _ = Self.find(cache, "/\(number)") }
        // All were asked for: then it is the oldest after all.
        cache.store(Self.entry("/x", size: 1000))
        #expect(Self.find(cache, "/0") == nil && Self.find(cache, "/1") != nil)
        cache.store(Self.entry("/y", size: 1000))
        #expect(Self.find(cache, "/1") != nil && Self.find(cache, "/2") == nil)
    }

    @Test func aVariantCountsAndGoesToItsOwnEntryOnly() {
        let cache = FileCache(budget: 1 << 20)
        let entry = Self.entry("/a", size: 1000)
        let variant = StaticEntry.Variant.quick(Self.entry("/a", size: 500).identity)
        cache.store(entry)
        let before = cache.bytes
        cache.add(variant, .gzip, sidecar: nil, to: entry)
        #expect(cache.bytes > before && Self.find(cache, "/a")?.variant(.gzip).representation != nil)
        #expect(Self.find(cache, "/a")?.variant(.brotli).isUnknown == true)
        cache.add(variant, .brotli, sidecar: nil, to: Self.entry("/a", size: 1000))
        #expect(Self.find(cache, "/a")?.variant(.brotli).isUnknown == true)
        cache.remove(entry.key)
        #expect(cache.bytes == 0)
        cache.add(variant, .brotli, sidecar: nil, to: entry)
        #expect(Self.find(cache, "/a") == nil)
    }

    @Test func aVariantThatIsTooLargeLeavesItsEntryAsItWas() {
        let cache = FileCache(budget: 80_000)
        let entry = Self.entry("/a", size: 1000)
        cache.store(entry)
        cache.add(.best(Self.entry("/a", size: 20_000).identity), .gzip, sidecar: nil, to: entry)
        #expect(Self.find(cache, "/a") === entry)
    }

    @Test func itStandsRandomUse() {
        let cache = FileCache(budget: 40_000)
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let key = "/\(Int.random(in: 0..<60, using: &random))"
            switch Int.random(in: 0..<3, using: &random) {
            case 0: cache.store(Self.entry(key, size: Int.random(in: 0..<4000, using: &random)))
            case 1: cache.remove(Array(key.utf8))
            default: if let found = Self.find(cache, key) { #expect(found.path == key) }
            }
            #expect(cache.bytes <= 40_000)
        }
    }
}
