// HTTP/2 and TLS as real clients speak them.
import PorticoConfig
import PorticoTesting
import Testing

@Suite struct HTTP2Tests {
    private struct Answer {
        let status: String
        let version: String
        let contentType: String
        let body: [UInt8]
    }

    /// Asks curl, which appends what it saw behind the body.
    private static func curl(_ options: [String], _ url: String) -> Answer? {
        let mark = "\n=curl="
        let format = mark + "%{http_code} %{http_version} %{content_type}"
        let outcome = Command.run(["curl", "-s", "--max-time", "10", "-w", format] + options + [url])
        guard outcome.status == 0, let end = outcome.output.firstIndex(of: mark, from: 0) else { return nil }
        let words = String(decoding: outcome.output[(end + mark.utf8.count)...], as: UTF8.self)
            .split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        return Answer(status: words[0], version: words[1], contentType: words[2], body: Array(outcome.output[..<end]))
    }

    private static func site() -> TempSite {
        let site = TempSite(["index.html": "<p>home"])
        site.files.write("large.bin", (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 4) })
        return site
    }

    private func checkAll(_ site: TempSite, _ options: [String], _ origin: String) throws {
        let large = site.files.bytes("large.bin")
        let home = try #require(Self.curl(options, origin + "/"))
        #expect(home.status == "200" && home.version == "2" && home.body == Array("<p>home".utf8))
        #expect(home.contentType == "text/html; charset=utf-8")
        let missing = try #require(Self.curl(options, origin + "/none.txt"))
        #expect(missing.status == "404" && missing.version == "2" && missing.contentType == "application/json")
        let file = try #require(Self.curl(options, origin + "/large.bin"))
        #expect(file.status == "200" && file.body == large)
        let part = try #require(Self.curl(options + ["-r", "100-299999"], origin + "/large.bin"))
        #expect(part.status == "206" && part.body == Array(large[100...299_999]))
        let post = try #require(Self.curl(options + ["-d", "a=b"], origin + "/"))
        #expect(post.status == "405" && post.version == "2")
        let upload = try #require(Self.curl(options + ["-T", site.files.path + "/large.bin"], origin + "/up"))
        #expect(upload.status == "405")
        for path in ["/", "/large.bin", "/none.txt"] {
            let head = try #require(Self.curl(options + ["-I"], origin + path))
            #expect(head.version == "2" && head.status == (path == "/none.txt" ? "404" : "200"), "\(path)")
            let fields = String(decoding: head.body, as: UTF8.self)
            #expect(path != "/large.bin" || fields.contains("content-length: 3000000"), "\(fields)")
        }
    }

    @Test(.enabled(if: Command.exists("curl"))) func curlByPriorKnowledge() async throws {
        let site = Self.site()
        try await withServer(site) { server in
            try checkAll(site, ["--http2-prior-knowledge"], "http://127.0.0.1:\(server.port)")
        }
    }

    @Test(.enabled(if: Command.exists("curl"))) func curlOverTLS() async throws {
        let certificate = try #require(TestCertificate())
        let site = Self.site()
        var configuration = site.configuration
        configuration.ssl = certificate.settings
        configuration.server.headerTimeout = .seconds(5)
        try await withServer(site, configuration) { server in
            let origin = "https://127.0.0.1:\(server.securePort ?? 0)"
            try checkAll(site, ["-k", "--http2"], origin)
            let old = try #require(Self.curl(["-k", "--http1.1"], origin + "/large.bin"))
            #expect(old.version == "1.1" && old.body == site.files.bytes("large.bin"))
        }
    }

    @Test(.enabled(if: Command.exists("nghttp"))) func nghttpAsksForSeveralAtOnce() async throws {
        let site = Self.site()
        try await withServer(site) { server in
            let origin = "http://127.0.0.1:\(server.port)"
            let outcome = Command.run([
                "nghttp", "-nv", "-t", "10", "-m", "20", origin + "/", origin + "/large.bin", origin + "/none.txt",
            ])
            #expect(outcome.status == 0)
            let text = String(decoding: outcome.output, as: UTF8.self)
            #expect(
                text.split(separator: ":status: 200").count == 41 && text.split(separator: ":status: 404").count == 21)
            #expect(!text.contains("RST_STREAM") && !text.contains("PROTOCOL_ERROR"))
        }
    }

    @Test func thePrefaceOfHTTP2IsAnsweredWithSettings() async throws {
        let site = Self.site()
        try await withServer(site) { server in
            let client = try RawClient(server.port)
            client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", inPiecesOf: 5)
            client.send([0, 0, 0, 4, 0, 0, 0, 0, 0])
            let frame = try client.read(9)
            #expect(frame[3] == 4, "the first frame is SETTINGS")
        }
    }

    @Test func thePrefaceIsRefusedWhereHTTP2IsOff() async throws {
        let site = Self.site()
        var configuration = site.configuration
        configuration.server.http2 = false
        try await withServer(site, configuration) { server async throws in
            #expect(try RawClient(server.port).exchange("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").status == 505)
        }
    }
}
