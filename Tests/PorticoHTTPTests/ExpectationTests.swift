// `Expect: 100-continue` (RFC 9110 §10.1.1): our own 100 only where the body is consumed.
import PorticoTesting
import Testing

@Suite struct ExpectationTests {
    private static let head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"

    @Test func whoConsumesTheBodyLetsItComeWith100() async throws {
        try await withEcho { port, _ in
            let client = try RawClient(port)
            let interim = try client.exchange(Self.head)
            #expect(interim.status == 100 && interim["Content-Length"] == nil && interim["Date"] == nil)
            client.send("hello")
            #expect(try client.response().text == "hello")
            #expect(try client.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
        }
    }

    @Test func whoDoesNotWantTheBodyAnswersAtOnceAndCloses() async throws {
        let site = TempSite(["index.html": "x"])
        try await withServer(site) { server in
            let client = try RawClient(server.port)
            let answer = try client.exchange(Self.head)
            #expect(answer.status == 405 && answer["Connection"] == "close")
            client.finishSending()
            #expect(client.isClosed())
        }
    }

    @Test func anUnknownExpectationIs417() async throws {
        try await check([
            WireCase("unknown", "GET / HTTP/1.1\r\nHost: a\r\nExpect: teapot\r\n\r\n", 417),
            WireCase("any case", "GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n", 200),
        ])
    }

    @Test func anHTTP10ClientGetsNo100() async throws {
        try await withEcho { port, _ in
            let client = try RawClient(port)
            let request = "POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello"
            #expect(try client.exchange(request).status == 200)
        }
    }

    @Test func anExpectationWithoutABodyGetsNo100() async throws {
        try await withEcho { port, _ async throws in
            let request = "GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n"
            #expect(try RawClient(port).exchange(request).status == 200)
        }
    }
}
