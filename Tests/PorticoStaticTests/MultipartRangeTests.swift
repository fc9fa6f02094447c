// Several ranges in one request: multipart/byteranges, from memory and from disk, over each transport.
import PorticoConfig
import PorticoTesting
import Testing

@Suite struct MultipartRangeTests {
    private struct Part: Equatable {
        let fields: [String]
        let body: [UInt8]
    }

    private static let large = (0..<600_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }

    private static func site() -> TempSite {
        let site = TempSite(["a.txt": "0123456789", "a.css": String(repeating: "a{}", count: 500)])
        site.files.write("large.bin", large)
        return site
    }

    /// The parts of a body, read as strictly as RFC 2046 §5.1.1 writes it.
    private static func parts(_ answer: RawResponse) throws -> [Part] {
        try parts(answer.body, type: answer["Content-Type"] ?? "")
    }

    private static func parts(_ body: [UInt8], type: String) throws -> [Part] {
        let words = type.split(separator: "=", maxSplits: 1)
        try #require(words.count == 2 && words[0] == "multipart/byteranges; boundary", "\(type)")
        let mark = "--" + words[1]
        try #require(body.starts(with: Array("\(mark)\r\n".utf8)))
        var parts: [Part] = []
        var start = mark.utf8.count + 2
        while true {
            let headEnd = try #require(body.firstIndex(of: "\r\n\r\n", from: start))
            let end = try #require(body.firstIndex(of: "\r\n" + mark, from: headEnd + 4))
            let head = String(decoding: body[start..<headEnd], as: UTF8.self)
            parts.append(
                Part(
                    fields: head.split(separator: "\r\n").map(String.init).sorted(),
                    body: Array(body[(headEnd + 4)..<end])))
            start = end + 2 + mark.utf8.count
            if body[start...].starts(with: Array("\r\n".utf8)) {
                start += 2
                continue
            }
            #expect(Array(body[start...]) == Array("--\r\n".utf8))
            return parts
        }
    }

    @Test func partsComeInTheOrderAsked() async throws {
        try await serving(Self.site()) { served in
            let answer = try served.get("/a.txt", "Range: bytes=7-,0-1,3-3")
            #expect(answer.status == 206 && answer.all("Content-Range").isEmpty)
            #expect(answer.all("Content-Type").count == 1 && answer["Content-Length"] == "\(answer.body.count)")
            let type = "Content-Type: text/plain; charset=utf-8"
            #expect(
                try Self.parts(answer) == [
                    Part(fields: ["Content-Range: bytes 7-9/10", type], body: Array("789".utf8)),
                    Part(fields: ["Content-Range: bytes 0-1/10", type], body: Array("01".utf8)),
                    Part(fields: ["Content-Range: bytes 3-3/10", type], body: Array("3".utf8)),
                ])
        }
    }

    @Test func theFieldsAreThoseOfThe200() async throws {
        try await serving(Self.site()) { served in
            for path in ["/a.txt", "/a.css", "/large.bin"] {
                let whole = try served.get(path)
                let answer = try served.get(path, "Range: bytes=0-0,4-4", "Accept-Encoding: gzip")
                #expect(answer.status == 206)
                for name in [
                    "ETag", "Last-Modified", "Cache-Control", "Vary", "Accept-Ranges", "X-Content-Type-Options",
                ] {
                    #expect(answer.all(name) == whole.all(name), "\(path) \(name)")
                }
                #expect(answer["Content-Encoding"] == nil)
                let bytes = try Self.parts(answer).flatMap(\.body)
                #expect(bytes == [whole.body[0], whole.body[4]], "\(path)")
            }
        }
    }

    @Test func whatIsOneRangeInTheEndIsNoMultipart() async throws {
        try await serving(Self.site()) { served in
            for range in ["bytes=0-3,2-5", "bytes=0-2,3-5", "bytes=0-5,90-", "bytes=2-5,0-1"] {
                let answer = try served.get("/a.txt", "Range: \(range)")
                #expect(answer.status == 206 && answer["Content-Range"] == "bytes 0-5/10", "\(range)")
                #expect(answer.text == "012345" && answer["Content-Type"] == "text/plain; charset=utf-8", "\(range)")
            }
            let outside = try served.get("/a.txt", "Range: bytes=10-,20-30")
            #expect(outside.status == 416 && outside["Content-Range"] == "bytes */10")
            let many = "bytes=" + (0..<100).map { "\($0 * 9)-\($0 * 9)" }.joined(separator: ",")
            #expect(try served.get("/large.bin", "Range: \(many)").status == 200)
        }
    }

    @Test func conditionsHoldForSeveralRangesToo() async throws {
        try await serving(Self.site()) { served in
            let etag = try served.get("/a.txt")["ETag"] ?? ""
            let several = "Range: bytes=0-0,4-4"
            #expect(try served.get("/a.txt", several, "If-Range: \(etag)").status == 206)
            #expect(try served.get("/a.txt", several, "If-Range: \"other\"").status == 200)
            #expect(try served.get("/a.txt", several, "If-None-Match: \(etag)").status == 304)
            let head = try served.get("/a.txt", several, method: "HEAD")
            #expect(head.status == 200 && head["Content-Length"] == "10" && head["Content-Range"] == nil)
        }
    }

    @Test func headSaysWhatGetSaysWithoutTheRange() async throws {
        try await serving(Self.site()) { served in
            var get = try served.get("/a.css", "Accept-Encoding: gzip")
            while get["ETag"]?.contains("quick") == true { get = try served.get("/a.css", "Accept-Encoding: gzip") }
            let head = try served.get("/a.css", "Accept-Encoding: gzip", "Range: bytes=0-1", method: "HEAD")
            for name in ["ETag", "Content-Length", "Content-Encoding", "Vary", "Content-Type"] {
                #expect(head.all(name) == get.all(name) && !head.all(name).isEmpty, "\(name)")
            }
        }
    }

    private static let wanted: [Range<Int>] = [500_000..<599_999, 10..<20, 100_000..<300_000]
    private static let field = "bytes=500000-599998,10-19,100000-299999"

    @Test func partsOfALargeFileComeFromDisk() async throws {
        try await serving(Self.site()) { served in
            let client = try RawClient(served.server.port)
            // The connection is good for more afterwards; requests that wait already are answered behind.
            let request = "GET /large.bin HTTP/1.1\r\nHost: a\r\nRange: \(Self.field)\r\n\r\n"
            client.send(request + request + "GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n")
            for _ in 0..<2 {
                let answer = try client.response()
                #expect(try Self.parts(answer).map(\.body) == Self.wanted.map { Array(Self.large[$0]) })
            }
            #expect(try client.response().text == "0123456789")
            let lines = served.server.accessLines(3)
            #expect(lines.count == 3 && lines[0].contains("\"status\":206"), "\(lines)")
        }
    }

    @Test(.enabled(if: Command.exists("curl"))) func partsComeOverTLSAndHTTP2() async throws {
        let certificate = try #require(TestCertificate())
        let site = Self.site()
        try await serving(site, { $0.ssl = certificate.settings }) { served in
            let secure = "https://127.0.0.1:\(served.server.securePort ?? 0)"
            let plain = "http://127.0.0.1:\(served.server.port)"
            for (options, origin) in [
                (["--http1.1"], secure), (["--http2"], secure), (["--http2-prior-knowledge"], plain),
            ] {
                for (path, bytes) in [("/large.bin", Self.large), ("/a.css", site.files.bytes("a.css"))] {
                    let wanted = path == "/a.css" ? [0..<1, 8..<1000] : Self.wanted
                    let field = path == "/a.css" ? "0-0,8-999" : String(Self.field.dropFirst(6))
                    let outcome = Command.run(
                        ["curl", "-sk", "-r", field, "-o", site.outside.path + "/got", "-w", "%{content_type}"]
                            + options + [origin + path])
                    let type = String(decoding: outcome.output, as: UTF8.self)
                    let parts = try Self.parts(site.outside.bytes("got"), type: type)
                    #expect(parts.map(\.body) == wanted.map { Array(bytes[$0]) }, "\(options) \(path)")
                }
            }
        }
    }

    /// A part that is no longer there is not made up: the client sees a broken answer.
    @Test func aFileThatShrinksBetweenItsPartsAbortsTheConnection() async throws {
        let site = TempSite()
        site.files.write("large.bin", Array(repeating: 1, count: 48 << 20))
        try await serving(site, { $0.server.writeIdleTimeout = .seconds(20) }) { served in
            let client = try RawClient(served.server.port, receiveBuffer: 64 << 10)
            client.send("GET /large.bin HTTP/1.1\r\nHost: a\r\nRange: bytes=0-30000000,40000000-\r\n\r\n")
            _ = try client.read(100_000)
            site.files.shrink("large.bin", to: 35_000_000)
            let (bytes, ending) = client.readToEnd()
            #expect(ending == .reset && bytes.count < 40_000_000)
        }
    }

    @Test func aClientThatLeavesInTheMiddleHarmsNobody() async throws {
        let site = TempSite(["a.txt": "a"])
        site.files.write("large.bin", Array(repeating: 1, count: 16 << 20))
        try await serving(site) { served in
            for _ in 0..<5 {
                let client = try RawClient(served.server.port, receiveBuffer: 16 << 10)
                client.send("GET /large.bin HTTP/1.1\r\nHost: a\r\nRange: bytes=0-8000000,9000000-\r\n\r\n")
                _ = try client.read(1000)
                client.reset()
            }
            #expect(try served.get("/a.txt").text == "a")
            let lines = served.server.accessLines(6)
            #expect(lines.count == 6 && lines.filter { $0.contains("client_gone") }.count == 5, "\(lines)")
        }
    }
}
