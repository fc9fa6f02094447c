// A file is answered at once with a quick encoding; the best one is made in the background and served from then on.
import PorticoCompression
import PorticoConfig
import PorticoCore
import PorticoTesting
import Testing

@testable import PorticoStatic

@Suite struct BestVariantTests {
    private static let text = (0..<4000).map { "let value\($0 % 331) = compute(\($0 &* 2_654_435_761 % 10_007));\n" }
        .joined()

    @Test(arguments: ContentCoding.allCases)
    func theQuickVariantGivesWayToTheBest(coding: ContentCoding) async throws {
        try await WatchedSite.serving(TempSite(["app.js": Self.text])) { site async throws in
            let quick = try site.get("/app.js", encoding: coding.rawValue)
            #expect(quick["Content-Encoding"] == coding.rawValue && quick["ETag"]?.contains("quick") == true)
            // It is made when nobody else wants the processor: other tests do.
            let isMade = WatchedSite.soon(.seconds(180)) { site.counters.bestVariantCount == 1 }
            #expect(isMade)
            let best = try site.get("/app.js", encoding: coding.rawValue)
            #expect(best["ETag"] != quick["ETag"] && best.body.count < quick.body.count)
            for answer in [quick, best] {
                let plain = try answer.body.withUnsafeBytes {
                    try Decompressor.decompressWhole($0, coding: coding, limit: 1 << 20)
                }
                #expect(plain == Array(Self.text.utf8) && answer["Vary"] == "Accept-Encoding")
            }
            #expect(try site.get("/app.js", encoding: coding.rawValue)["ETag"] == best["ETag"])
            #expect(site.counters.encodingCount == 1 && site.counters.readCount == 1)
        }
    }

    @Test func aFileThatChangedMeanwhileKeepsNothingOfTheOld() async throws {
        try await WatchedSite.serving(TempSite(["app.js": Self.text])) { site async throws in
            _ = try site.get("/app.js", encoding: "br")
            let changed = Self.text + "// changed\n"
            site.files.replace("app.js", Array(changed.utf8))
            #expect(try site.soon("/app.js") { $0.text == changed })
            for _ in 0..<40 {
                let answer = try site.get("/app.js", encoding: "br")
                let plain = try answer.body.withUnsafeBytes {
                    try Decompressor.decompressWhole($0, coding: .brotli, limit: 1 << 20)
                }
                #expect(plain == Array(changed.utf8))
                RawClient.sleep(.milliseconds(20))
            }
        }
    }

    @Test func whatIsMarkedCompressedOrTinyIsNeverEncoded() async throws {
        let folder = TempSite(["marked.js": Self.text, "a.js.gz": Self.text, "photo.png": Self.text, "tiny.js": "a"])
        let rule = CacheControlRule(match: "/marked*", value: "max-age=60, No-Transform")
        try await WatchedSite.serving(
            folder,
            {
                $0.cacheControl = [rule]
                $0.compression.types += ["application/gzip"]
            }
        ) { site async throws in
            for path in ["/marked.js", "/a.js.gz", "/photo.png", "/tiny.js"] {
                #expect(try site.get(path, encoding: "br, gzip, zstd")["Content-Encoding"] == nil, "\(path)")
            }
            #expect(site.counters.encodingCount == 0 && site.counters.bestVariantCount == 0)
        }
    }

    @Test func aLargeFileIsEncodedOnce() async throws {
        let text = String(repeating: Self.text, count: BestVariants.sizeLimit / Self.text.utf8.count + 1)
        try await WatchedSite.serving(TempSite(["large.js": text])) { site async throws in
            let first = try site.get("/large.js", encoding: "br")
            #expect(first["Content-Encoding"] == "br" && first["ETag"]?.contains("quick") == false)
            #expect(try site.get("/large.js", encoding: "br")["ETag"] == first["ETag"])
            #expect(site.counters.encodingCount == 1)
        }
    }
}
