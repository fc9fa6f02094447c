// The first coded answer of a large file is sent while it is made; what comes later is the same, with its length.
import PorticoCompression
import PorticoConfig
import PorticoCore
import PorticoTesting
import Testing

@testable import PorticoStatic

@Suite struct FirstAnswerTests {
    /// Too large for a better encoding to follow: what is made first stays.
    private static let text = (0..<40_000).map { "let value\($0 % 331) = f(\($0 &* 2_654_435_761 % 10_007), \($0));\n" }
        .joined()

    @Test(arguments: ContentCoding.allCases)
    func itIsSentWhileItIsMadeAndTheNextIsTheSameWithItsLength(coding: ContentCoding) async throws {
        #expect(Self.text.utf8.count > BestVariants.sizeLimit)
        try await WatchedSite.serving(TempSite()) { site async throws in
            // Where this thread or the loop's stands still for long enough, the whole is there first: then another file is tried.
            var files = 0
            let isSeen = try WatchedSite.soon(.seconds(120)) {
                files += 1
                let name = "app\(files).js"
                site.files.write(name, Self.text)
                let first = try site.get("/" + name, encoding: coding.rawValue)
                let second = try site.get("/" + name, encoding: coding.rawValue)
                #expect(second["Content-Length"] == "\(second.body.count)" && !second.isChunked)
                #expect(first.body == second.body)
                for field in ["ETag", "Last-Modified", "Vary", "Content-Encoding", "Content-Type", "Cache-Control"] {
                    #expect(first[field] == second[field] && first[field] != nil, "\(field)")
                }
                let plain = try first.body.withUnsafeBytes {
                    try Decompressor.decompressWhole($0, coding: coding, limit: 8 << 20)
                }
                #expect(plain == Array(Self.text.utf8))
                return first.isChunked
            }
            #expect(isSeen && site.counters.readCount == files && site.counters.encodingCount == files)
        }
    }

    @Test func smallFilesComeWithTheirLengthAtOnce() async throws {
        let small = String(Self.text.prefix(40_000))
        try await WatchedSite.serving(TempSite(["app.js": small])) { site async throws in
            let answer = try site.get("/app.js", encoding: "zstd")
            #expect(answer["Content-Encoding"] == "zstd" && answer["Content-Length"] == "\(answer.body.count)")
            #expect(site.counters.readCount == 1 && site.counters.encodingCount == 1)
        }
    }

    @Test(.enabled(if: Command.exists("curl"))) func theSameOverTLSAndHTTP2() async throws {
        let certificate = try #require(TestCertificate())
        let site = TempSite()
        try await serving(site, { $0.ssl = certificate.settings }) { served async throws in
            for version in ["--http1.1", "--http2"] {
                site.files.write("\(version).js", Self.text)
                let url = "https://127.0.0.1:\(served.server.securePort ?? 0)/\(version).js"
                for _ in 0..<2 {
                    let fetched = Command.run(["curl", "-sk", version, "-H", "Accept-Encoding: gzip", url])
                    let plain = try fetched.output.withUnsafeBytes {
                        try Decompressor.decompressWhole($0, coding: .gzip, limit: 8 << 20)
                    }
                    #expect(fetched.status == 0 && plain == Array(Self.text.utf8), "\(version)")
                }
            }
        }
    }
}
