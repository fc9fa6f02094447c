// What is too large is refused by name: 414, 431, 413.
import PorticoConfig
import PorticoCore
import PorticoTesting
import Testing

@Suite struct LimitTests {
    private static func filler(_ count: Int) -> String { String(repeating: "x", count: count) }

    @Test func aHeadOverItsLimitIs431() async throws {
        let line = "X: \(Self.filler(1000))\r\n"
        try await check([
            WireCase("one long field", "GET / HTTP/1.1\r\nHost: a\r\nX: \(Self.filler(33_000))\r\n\r\n", 431),
            WireCase("many fields", "GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: line, count: 40))\r\n", 431),
            WireCase(
                "129 short fields", "GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "X: y\r\n", count: 128))\r\n", 431
            ),
            WireCase("a long name", "GET / HTTP/1.1\r\nHost: a\r\n\(Self.filler(33_000)): y\r\n\r\n", 431),
            WireCase("below the limit", "GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: line, count: 30))\r\n", 200),
        ])
    }

    @Test func aHeadThatNeverEndsIsRefusedAtTheLimit() async throws {
        try await withEcho { port, _ in
            let client = try RawClient(port)
            client.send("GET / HTTP/1.1\r\nHost: a\r\nX: \(Self.filler(40_000))")
            #expect(try client.response().status == 431)
        }
    }

    @Test func aTargetOverItsLimitIs414() async throws {
        try await check([
            WireCase("path", "GET /\(Self.filler(9000)) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
            WireCase("query", "GET /?\(Self.filler(9000)) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
            WireCase("without end", "GET /\(Self.filler(9000))", 414),
            WireCase("method", "\(Self.filler(9000)) / HTTP/1.1\r\nHost: a\r\n\r\n", 414),
            WireCase("below the limit", "GET /\(Self.filler(8000)) HTTP/1.1\r\nHost: a\r\n\r\n", 200),
        ])
    }

    @Test func theHeadLimitIsTheConfiguredOne() async throws {
        try await withEcho(.patient.with(\.maxHeaderSize, .kibibytes(1))) { port, _ async throws in
            let field = "X: \(Self.filler(1100))"
            #expect(try RawClient(port).exchange("GET / HTTP/1.1\r\nHost: a\r\n\(field)\r\n\r\n").status == 431)
            #expect(try RawClient(port).exchange("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n").status == 200)
        }
    }

    @Test func aBodyOverItsLimitIs413BeforeItIsRead() async throws {
        try await withEcho(.patient.with(\.maxBodySize, .bytes(10))) { port, recorded in
            let client = try RawClient(port)
            // Not one byte of the body is sent.
            let answer = try client.exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n")
            #expect(answer.status == 413 && answer["Connection"] == "close")
            #expect(recorded.wait().first?.reason == "body_too_large")
        }
    }

    @Test func anExpectedBodyOverItsLimitIs413WithoutA100() async throws {
        let site = TempSite(["index.html": "x"])
        var configuration = site.configuration
        configuration.server.maxBodySize = .bytes(10)
        try await withServer(site, configuration) { server async throws in
            let request = "GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n"
            #expect(try RawClient(server.port).exchange(request).status != 100)
        }
    }

    @Test func aChunkedBodyOverItsLimitIs413() async throws {
        try await withEcho(.patient.with(\.maxBodySize, .bytes(10))) { port, _ async throws in
            let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            #expect(try RawClient(port).exchange(head + "6\r\nabcdef\r\n6\r\nabcdef\r\n0\r\n\r\n").status == 413)
            #expect(try RawClient(port).exchange(head + "a\r\nabcdefghij\r\n0\r\n\r\n").status == 200)
        }
    }

    @Test func aBodyAtItsLimitPasses() async throws {
        try await withEcho(.patient.with(\.maxBodySize, .bytes(10))) { port, _ in
            let answer = try RawClient(port).exchange(
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabcdefghij")
            #expect(answer.status == 200 && answer.text == "abcdefghij")
        }
    }

    @Test func connectionsOverTheLimitAreClosed() async throws {
        try await withEcho(.patient.with(\.maxConnections, 2)) { port, _ in
            let first = try RawClient(port)
            let second = try RawClient(port)
            #expect(try first.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
            #expect(try second.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
            #expect(try RawClient(port).isClosed())
            first.close()
            RawClient.sleep(.milliseconds(100))
            #expect(try RawClient(port).exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
        }
    }
}
