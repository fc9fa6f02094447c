// `compression` on a route: which answers are encoded, and that they decode to what the backend sent.
import PorticoCompression
import PorticoConfig
import PorticoCore
import PorticoTesting
import Testing

@Suite struct ResponseCompressionTests {
    private static let page = String(repeating: "<p>An answer that shrinks well.</p>\n", count: 200)

    private static func answer(_ fields: String..., status: String = "200 OK", body: String = page) -> String {
        "HTTP/1.1 \(status)\r\n" + fields.map { $0 + "\r\n" }.joined() + "Content-Length: \(body.utf8.count)\r\n\r\n"
            + body
    }

    private static func relay(_ response: String, _ request: String) async throws -> RawResponse {
        try await relayed(response, to: request) { $0.compression = true }
    }

    private static func decoded(_ answer: RawResponse, _ coding: ContentCoding) throws -> String {
        let bytes = try answer.body.withUnsafeBytes {
            try Decompressor.decompressWhole($0, coding: coding, limit: 64 << 20)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: [
        ("gzip", ContentCoding.gzip), ("br", .brotli), ("zstd", .zstd), ("gzip, br", .brotli),
        ("gzip;q=1, br;q=0.1", .gzip),
        ("*", .brotli),
    ])
    func `what the backend left plain is encoded as the client likes it`(
        _ accepted: String, _ coding: ContentCoding
    ) async throws {
        let answer = try await Self.relay(
            Self.answer(
                "Content-Type: text/html; charset=utf-8", "ETag: \"abc\"", "Accept-Ranges: bytes", "Vary: Origin"),
            get("/api/", "Accept-Encoding: \(accepted)"))
        #expect(answer.status == 200 && answer["Content-Encoding"] == coding.rawValue)
        #expect(answer.isChunked && answer.all("Content-Length").isEmpty && answer.all("Accept-Ranges").isEmpty)
        #expect(answer.all("ETag") == ["W/\"abc\""] && answer.all("Vary") == ["Origin", "Accept-Encoding"])
        #expect(answer.body.count < Self.page.utf8.count / 10)
        #expect(try Self.decoded(answer, coding) == Self.page)
    }

    @Test(arguments: [
        Self.answer("Content-Type: image/png"), Self.answer(), Self.answer("Content-Type: text/event-stream"),
        Self.answer("Content-Type: text/html", "Content-Encoding: br"),
        Self.answer("Content-Type: text/html", "Cache-Control: max-age=1, no-transform"),
        Self.answer("Content-Type: text/html", body: "short"),
        Self.answer("Content-Type: text/html", "Content-Range: bytes 0-7199/99999", status: "206 Partial Content"),
    ])
    func `what gains nothing or may not be changed passes as it is`(_ response: String) async throws {
        let answer = try await Self.relay(response, get("/api/", "Accept-Encoding: gzip, br"))
        #expect(response.hasSuffix(answer.text) && !answer.text.isEmpty && !answer.isChunked)
        #expect(answer.all("Vary").isEmpty && answer["Content-Encoding"] != "gzip")
    }

    @Test(arguments: ["Accept-Encoding: identity", "X-None: 1", "Accept-Encoding: gzip;q=0"])
    func `caches learn that the answer varies, also where it goes plain`(_ field: String) async throws {
        let response = Self.answer("Content-Type: text/html", "ETag: \"abc\"")
        let answer = try await Self.relay(response, get("/api/", field))
        #expect(answer.text == Self.page && answer.all("Content-Encoding").isEmpty)
        #expect(answer.all("Vary") == ["Accept-Encoding"] && answer.all("ETag") == ["\"abc\""])
    }

    @Test func `a client may forbid it`() async throws {
        let request = get("/api/", "Accept-Encoding: gzip", "Cache-Control: no-transform")
        #expect(try await Self.relay(Self.answer("Content-Type: text/html"), request).text == Self.page)
    }

    @Test func `answers without a body have no coding`() async throws {
        let accepts = "Accept-Encoding: gzip"
        let backend = try FakeBackend.answering(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 7000\r\n\r\n")
        try await withProxy(backend, edit: { $0.compression = true }) { server in
            let client = try RawClient(server.port)
            client.send(get("/api/", accepts, method: "HEAD"))
            let answer = try client.response(toHead: true)
            #expect(answer["Content-Encoding"] == nil && answer["Vary"] == "Accept-Encoding")
        }
        for status in ["204 No Content", "304 Not Modified"] {
            let answer = try await Self.relay(
                "HTTP/1.1 \(status)\r\nContent-Type: text/html\r\nETag: \"abc\"\r\n\r\n", get("/api/", accepts))
            #expect(answer["Content-Encoding"] == nil && answer["ETag"] == "\"abc\"")
        }
    }

    @Test func `a page in pieces arrives in pieces`() async throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
        let backend = try FakeBackend { _ in
            [.readHead, .send(head + "5\r\nfirst\r\n"), .readBytes(1), .send("6\r\nsecond\r\n0\r\n\r\n"), .close]
        }
        // The backend waits for a body that the client never sends: nothing but the first piece can arrive.
        try await withProxy(backend, edit: { $0.compression = true }) { server in
            let client = try RawClient(server.port)
            client.send(get("/api/", "Accept-Encoding: gzip", "Content-Length: 1", method: "POST"))
            var seen: [UInt8] = []
            while !seen.contains("\r\n\r\n") { seen += try client.read(1) }
            // The gzip header and a flushed block: more than ten bytes of body.
            let early = try client.read(20)
            #expect(early.count == 20)
        }
    }

    @Test func `a body that breaks off is not ended cleanly`() async throws {
        let backend = try FakeBackend { _ in
            [
                .readRequest, .send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9000\r\n\r\nshort"),
                .close,
            ]
        }
        try await withProxy(backend, edit: { $0.compression = true }) { server in
            let client = try RawClient(server.port)
            client.send(get("/api/", "Accept-Encoding: gzip"))
            let (bytes, _) = client.readToEnd(within: .seconds(2))
            #expect(!bytes.contains("0\r\n\r\n"))
        }
    }

    @Test func `a large body goes through whole`() async throws {
        let size = 8 << 20
        let backend = try FakeBackend { _ in
            [
                .readRequest, .send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: \(size)\r\n\r\n"),
                .sendMany(size), .awaitEnd,
            ]
        }
        try await withProxy(backend, edit: { $0.compression = true }) { server in
            let client = try RawClient(server.port)
            let answer = try client.exchange(get("/api/", "Accept-Encoding: gzip"))
            #expect(try Self.decoded(answer, .gzip).utf8.count == size)
            #expect(answer.body.count < size / 50)
        }
    }
}
