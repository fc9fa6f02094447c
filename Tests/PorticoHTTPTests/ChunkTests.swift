// The chunked coding on the wire (RFC 9112 §7.1).
import PorticoTesting
import Testing

@Suite struct ChunkTests {
    private static func chunked(_ body: String) -> String {
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(body)"
    }

    private static func refused(_ bodies: [String]) -> [WireCase] {
        bodies.map { WireCase($0.debugDescription, chunked($0), 400) }
    }

    @Test func chunkSizesAreHexDigitsOnly() async throws {
        try await check(
            Self.refused([
                "\r\n", "g\r\n", "0x3\r\nabc\r\n0\r\n\r\n", "+3\r\nabc\r\n0\r\n\r\n", "-3\r\nabc\r\n0\r\n\r\n",
                " 3\r\nabc\r\n0\r\n\r\n", "3 3\r\nabc\r\n0\r\n\r\n", "3_0\r\n", "\t3\r\nabc\r\n",
            ]))
    }

    @Test func chunkSizeOverflowIsRefused() async throws {
        try await check(
            Self.refused([
                "ffffffffffffffff\r\nabc", "10000000000000000\r\nabc", "8000000000000000\r\nabc",
                "FFFFFFFFFFFFFFFFFF\r\n",
            ]))
    }

    @Test func bareLineFeedsAreRefused() async throws {
        try await check(
            Self.refused([
                "3\nabc\r\n0\r\n\r\n", "3\r\nabc\n0\r\n\r\n", "3\r\nabc\r\n0\n\r\n", "3\r\nabc\r\n0\r\n\n",
                "3;x\nabc\r\n0\r\n\r\n",
            ]))
    }

    @Test func bareCarriageReturnsAreRefused() async throws {
        try await check(
            Self.refused(["3\rabc\r\n0\r\n\r\n", "3\r\nabc\r0\r\n\r\n", "3\r\nabc\r\n0\r\n\rx", "3;a\rb\r\nabc\r\n"]))
    }

    @Test func garbageAfterAChunkIsRefused() async throws {
        try await check(Self.refused(["3\r\nabcd\r\n0\r\n\r\n", "3\r\nabc0\r\n\r\n", "3\r\nabc 0\r\n\r\n"]))
    }

    @Test func extensionsAreSkipped() async throws {
        let bodies = [
            "3;x\r\nabc\r\n0\r\n\r\n", "3;x=y\r\nabc\r\n0;last\r\n\r\n", "3 ;x=\"a b\"\r\nabc\r\n0\r\n\r\n",
            "3\t;\r\nabc\r\n0\r\n\r\n", "0003\r\nabc\r\n000\r\n\r\n",
        ]
        try await withEcho { port, _ in
            for body in bodies {
                let client = try RawClient(port)
                #expect(try client.exchange(Self.chunked(body)).text == "abc", "\(body.debugDescription)")
            }
        }
    }

    @Test func extensionsAreBounded() async throws {
        let long = String(repeating: "x", count: 300)
        try await check([
            WireCase("with its line end", Self.chunked("3;\(long)\r\nabc\r\n0\r\n\r\n"), 400),
            WireCase("without end", Self.chunked("3;\(long)"), 400),
            WireCase(
                "spaces before it", Self.chunked("3\(String(repeating: " ", count: 300));a\r\nabc\r\n0\r\n\r\n"), 400),
            WireCase("zeros", Self.chunked(String(repeating: "0", count: 300) + "\r\n\r\n"), 400),
        ])
    }

    @Test func trailersAreHandedOver() async throws {
        try await withEcho { port, _ in
            let answer = try RawClient(port).exchange(Self.chunked("3\r\nabc\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n"))
            #expect(answer.text == "abc")
            #expect(answer["X-Trailers"] == "X-Sum: 1|X-More: 2")
        }
    }

    @Test func trailersAreValidatedAsFields() async throws {
        try await check(
            Self.refused([
                "0\r\nbad name: 1\r\n\r\n", "0\r\nX : 1\r\n\r\n", "0\r\n: 1\r\n\r\n", "0\r\nX\r\n\r\n",
                "0\r\nX: a\u{0}b\r\n\r\n",
                "0\r\nX: 1\r\n folded\r\n\r\n", "0\r\nX: 1\n\r\n", "0\r\nX: a\rb\r\n\r\n",
            ]))
    }

    @Test func trailersAreBounded() async throws {
        let line = "X: " + String(repeating: "y", count: 1000) + "\r\n"
        let many = String(repeating: "X: y\r\n", count: 200)
        try await check([
            WireCase("whole", Self.chunked("0\r\n" + String(repeating: line, count: 10) + "\r\n"), 431),
            WireCase("without end", Self.chunked("0\r\nX: " + String(repeating: "y", count: 10_000)), 431),
            WireCase("many", Self.chunked("0\r\n" + many + "\r\n"), 431),
        ])
    }

    @Test func bodyArrivesTheSameHoweverItIsCut() async throws {
        let request = Self.chunked("5\r\nhello\r\n1;a=b\r\n \r\n000006\r\nworld!\r\n0\r\nT: v\r\n\r\n")
        try await withEcho { port, _ in
            for size in [1, 2, 3, 7, 1000] {
                let client = try RawClient(port)
                client.send(request, inPiecesOf: size)
                let answer = try client.response()
                #expect(answer.text == "hello world!" && answer["X-Trailers"] == "T: v", "pieces of \(size)")
            }
        }
    }
}
