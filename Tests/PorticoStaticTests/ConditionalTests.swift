// Validators, conditions and ranges over the wire (RFC 9110 §8.8, §13, §14).
import PorticoTesting
import Testing

@Suite struct ConditionalTests {
    private static let modified = 784_111_777
    private static let date = "Sun, 06 Nov 1994 08:49:37 GMT"
    private static let later = "Mon, 07 Nov 1994 08:49:37 GMT"
    private static let earlier = "Sat, 05 Nov 1994 08:49:37 GMT"

    private static func site() -> TempSite {
        let site = TempSite(["a.txt": "0123456789", "empty.txt": ""])
        site.files.write("a.css", String(repeating: "a{}", count: 400))
        site.files.write("large.bin", (0..<200_000).map { UInt8(truncatingIfNeeded: $0) })
        for name in ["a.txt", "a.css", "large.bin", "empty.txt"] { site.files.setModified(name, modified) }
        return site
    }

    @Test func answersHaveAStrongETagAndLastModified() async throws {
        try await serving(Self.site()) { served in
            for path in ["/a.txt", "/a.css", "/large.bin", "/empty.txt"] {
                let answer = try served.get(path)
                let etag = try #require(answer["ETag"])
                #expect(etag.hasPrefix("\"") && etag.hasSuffix("\"") && etag.count > 2)
                #expect(answer["Last-Modified"] == Self.date)
            }
        }
    }

    @Test func theETagDiffersByEncoding() async throws {
        try await serving(Self.site()) { served in
            let etags = try ["identity", "gzip", "br"].map {
                try served.get("/a.css", "Accept-Encoding: \($0)")["ETag"]
            }
            #expect(Set(etags).count == 3 && !etags.contains(nil))
        }
    }

    @Test func anUnchangedFileIs304WithItsFields() async throws {
        try await serving(Self.site()) { served in
            for path in ["/a.txt", "/a.css", "/large.bin"] {
                for coding in ["identity", "gzip"] {
                    var full = try served.get(path, "Accept-Encoding: \(coding)")
                    // The best variant, with a tag of its own, takes the quick one's place.
                    while full["ETag"]?.contains("quick") == true {
                        RawClient.sleep(.milliseconds(10))
                        full = try served.get(path, "Accept-Encoding: \(coding)")
                    }
                    let etag = try #require(full["ETag"])
                    for condition in [
                        "If-None-Match: \(etag)", "If-Modified-Since: \(Self.date)", "If-None-Match: W/\(etag)",
                    ] {
                        let answer = try served.get(path, "Accept-Encoding: \(coding)", condition)
                        #expect(answer.status == 304, "\(path) \(condition)")
                        for name in ["ETag", "Last-Modified", "Cache-Control", "Vary"] {
                            #expect(answer[name] == full[name], "\(path) \(condition): \(name)")
                        }
                        #expect(
                            answer["Content-Type"] == nil && answer["Content-Encoding"] == nil && answer["Date"] != nil)
                    }
                }
            }
        }
    }

    @Test func conditionsAreEvaluatedInOrder() async throws {
        try await serving(Self.site()) { served in
            let etag = try #require(try served.get("/a.txt")["ETag"])
            let cases: [([String], Int)] = [
                (["If-None-Match: \"x\", \(etag)"], 304), (["If-None-Match: *"], 304), (["If-None-Match: \"x\""], 200),
                (["If-None-Match: \"x\"", "If-Modified-Since: \(Self.date)"], 200),
                (["If-Modified-Since: \(Self.later)"], 304),
                (["If-Modified-Since: \(Self.earlier)"], 200), (["If-Modified-Since: nonsense"], 200),
                (["If-Match: \(etag)"], 200),
                (["If-Match: *"], 200), (["If-Match: \"x\""], 412), (["If-Match: W/\(etag)"], 412),
                (["If-Unmodified-Since: \(Self.date)"], 200),
                (["If-Unmodified-Since: \(Self.earlier)"], 412), (["If-Unmodified-Since: nonsense"], 200),
                (["If-Match: \(etag)", "If-Unmodified-Since: \(Self.earlier)"], 200),
                (["If-Match: \(etag)", "If-None-Match: \(etag)"], 304),
                (["If-Match: \"x\"", "If-None-Match: \(etag)"], 412), (["If-Match: \"x\"", "Range: bytes=0-1"], 412),
                (["If-None-Match: \(etag)", "Range: bytes=0-1"], 304),
                (["If-None-Match: \"x\"", "If-None-Match: \(etag)"], 304),
            ]
            for (lines, status) in cases {
                let fields = lines.map { $0 + "\r\n" }.joined()
                let answer = try RawClient(served.server.port).exchange(
                    "GET /a.txt HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
                #expect(answer.status == status, "\(lines)")
            }
        }
    }

    @Test func aSingleRangeIs206() async throws {
        let cases: [(range: String, contentRange: String, first: Int, end: Int)] = [
            ("bytes=0-0", "bytes 0-0/10", 0, 1), ("bytes=2-4", "bytes 2-4/10", 2, 5),
            ("bytes=7-", "bytes 7-9/10", 7, 10),
            ("bytes=-3", "bytes 7-9/10", 7, 10), ("bytes=-100", "bytes 0-9/10", 0, 10),
            ("bytes=5-100", "bytes 5-9/10", 5, 10),
            ("bytes=0-", "bytes 0-9/10", 0, 10), ("Bytes=1-2", "bytes 1-2/10", 1, 3),
        ]
        try await serving(Self.site()) { served in
            for (range, contentRange, first, end) in cases {
                let answer = try served.get("/a.txt", "Range: \(range)")
                #expect(answer.status == 206 && answer["Content-Range"] == contentRange, "\(range)")
                #expect(answer.body == Array(Array("0123456789".utf8)[first..<end]), "\(range)")
                #expect(answer["Content-Length"] == "\(end - first)" && answer["ETag"] != nil, "\(range)")
            }
        }
    }

    @Test func aRangeOfALargeFileIsSentFromDisk() async throws {
        let site = Self.site()
        let bytes = site.files.bytes("large.bin")
        try await serving(site) { served in
            for (first, last) in [(0, 0), (1, 199_999), (65_535, 65_537), (100_000, 150_000), (199_999, 199_999)] {
                let answer = try served.get("/large.bin", "Range: bytes=\(first)-\(last)")
                #expect(answer.status == 206 && answer.body == Array(bytes[first...last]), "\(first)-\(last)")
            }
        }
    }

    @Test func anUnsatisfiableRangeIs416WithTheLength() async throws {
        try await serving(Self.site()) { served in
            for range in ["bytes=10-", "bytes=10-11", "bytes=999-", "bytes=-0", "bytes=9223372036854775808-"] {
                let answer = try served.get("/a.txt", "Range: \(range)")
                #expect(answer.status == 416 && answer["Content-Range"] == "bytes */10", "\(range)")
            }
            #expect(try served.get("/empty.txt", "Range: bytes=0-")["Content-Range"] == "bytes */0")
        }
    }

    @Test func whatIsNoRangeIsIgnored() async throws {
        let ranges = [
            "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=4-2", "items=0-1", "bytes 0-1", "bytes=0x0-1",
            "bytes=+0-1", "bytes=0--1", "0-1",
        ]
        try await serving(Self.site()) { served in
            for range in ranges {
                let answer = try served.get("/a.txt", "Range: \(range)")
                #expect(answer.status == 200 && answer.body.count == 10, "\(range)")
            }
        }
    }

    @Test func ifRangeDecidesWhetherTheRangeHolds() async throws {
        try await serving(Self.site()) { served in
            let etag = try #require(try served.get("/a.txt")["ETag"])
            let cases = [
                (etag, 206), ("\"x\"", 200), ("W/" + etag, 200), (Self.date, 206), (Self.earlier, 200),
                (Self.later, 200), ("nonsense", 200),
            ]
            for (condition, status) in cases {
                let answer = try served.get("/a.txt", "Range: bytes=0-1", "If-Range: \(condition)")
                #expect(answer.status == status, "\(condition)")
            }
        }
    }

    @Test func rangesAreOfThePlainFileAndHeadHasNone() async throws {
        try await serving(Self.site()) { served in
            let part = try served.get("/a.css", "Accept-Encoding: gzip", "Range: bytes=0-2")
            #expect(
                part.status == 206 && part.text == "a{}" && part["Content-Encoding"] == nil
                    && part["Vary"] == "Accept-Encoding")
            #expect(try served.get("/a.css")["Accept-Ranges"] == "bytes")
            #expect(try served.get("/a.txt", "Range: bytes=0-1", method: "HEAD").status == 200)
        }
    }
}
