// HEAD, 204 and 304 never carry a body; HEAD has the fields of GET (RFC 9110 §9.3.2, §15).
import NIOCore
import PorticoCore
import PorticoHTTP
import PorticoTesting
import Testing

@Suite struct BodilessAnswerTests {
    private static let next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test func headHasTheFieldsOfGetAndNoBody() async throws {
        let site = TempSite([
            "index.html": "<p>home", "small.txt": "small", "empty.txt": "", "dir/index.html": "x", "next": "next",
        ])
        site.files.write("text.css", String(repeating: "a{}", count: 500))
        site.files.write("large.bin", Array(repeating: 7, count: 300_000))
        let requests = [
            "/", "/small.txt", "/empty.txt", "/large.bin", "/text.css", "/dir", "/dir/", "/none.txt", "/health",
            "/any/page",
        ]
        try await withServer(site) { server in
            for path in requests {
                for lines in ["", "Accept-Encoding: br, gzip\r\n", "Accept: text/html\r\n", "If-None-Match: *\r\n"] {
                    let client = try RawClient(server.port)
                    func ask(_ method: String) throws -> RawResponse {
                        try client.exchange("\(method) \(path) HTTP/1.1\r\nHost: a\r\n\(lines)\r\n")
                    }
                    var (get, head) = (try ask("GET"), try ask("HEAD"))
                    // A best encoding that came between the two is there for all that follow.
                    while Self.stable(get) != Self.stable(try ask("GET")) {
                        (get, head) = (try ask("GET"), try ask("HEAD"))
                    }
                    // Had there been a body, the next answer would not parse.
                    #expect(try client.exchange(Self.next).text == "next")
                    #expect(head.status == get.status, "\(path) \(lines)")
                    #expect(Self.stable(head) == Self.stable(get), "\(path) \(lines)")
                }
            }
        }
    }

    /// What may differ between two answers, and does not lie in the request, left out.
    private static func stable(_ response: RawResponse) -> [String] {
        response.fields.filter { $0.name != "Date" && $0.name != "X-Request-ID" }.map { "\($0.name): \($0.value)" }
    }

    @Test func aBodyGivenWithABodilessAnswerIsDropped() async throws {
        let server = try await WireServer.start(.patient) { _ in BodyAnywayHandler() }
        for status in [204, 304] {
            for form in ["known", "streamed", "prepared"] {
                let client = try RawClient(server.port)
                let answer = try client.exchange("GET /\(status)/\(form) HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(answer.status == status && answer["Transfer-Encoding"] == nil, "\(status) \(form)")
                #expect(status != 204 || answer["Content-Length"] == nil, "\(form)")
                #expect(
                    try client.exchange("GET /200/known HTTP/1.1\r\nHost: a\r\n\r\n").text == "body",
                    "\(status) \(form)")
            }
        }
        for form in ["known", "streamed", "prepared"] {
            let client = try RawClient(server.port)
            let answer = try client.exchange("HEAD /200/\(form) HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(answer.status == 200, "\(form)")
            #expect(try client.exchange("GET /200/known HTTP/1.1\r\nHost: a\r\n\r\n").text == "body", "\(form)")
        }
        await server.stop()
    }

    @Test func streamedAnswersAreChunkedFor11AndEndWithTheConnectionFor10() async throws {
        let server = try await WireServer.start(.patient) { _ in BodyAnywayHandler() }
        let modern = try RawClient(server.port).exchange("GET /200/streamed HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(modern.isChunked && modern.text == "body")
        let old = try RawClient(server.port).exchange("GET /200/streamed HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(!old.isChunked && old.text == "body" && old["Connection"] == "close")
        await server.stop()
    }
}

/// `/status/form`: answers with a body whatever the status.
private final class BodyAnywayHandler: ExchangeHandler {
    func answer(_ exchange: Exchange) {
        let parts = exchange.head.withRoutingPath { $0.text }.split(separator: "/")
        let status = Int(parts[0]) ?? 500
        let body = ByteBuffer(string: "body")
        switch parts[1] {
        case "prepared": exchange.respond(PreparedResponse(status: status, fields: ByteBuffer(), body: body))
        case "streamed":
            exchange.start(ResponseHead(status: status, fields: ByteBuffer(), length: .streamed))
            exchange.send(body)
            exchange.finish(trailers: nil)
        default: exchange.respond(status: status, fields: ByteBuffer(), body: body)
        }
    }

    func record(_ exchange: Exchange) {}
    func tick(_ now: MonotonicTime) -> Bool { false }
}
