// Field lines of a request head (RFC 9112 §5): what is malformed is refused, never repaired.
import PorticoTesting
import Testing

@Suite struct FieldSyntaxTests {
    private static func with(_ line: String) -> String { "GET / HTTP/1.1\r\nHost: a\r\n\(line)\r\n\r\n" }

    @Test func controlCharactersInAFieldValueAreRefused() async throws {
        let controls = (0...31).filter { $0 != 9 && $0 != 10 && $0 != 13 } + [127]
        let inside = controls.map { WireCase("\($0)", Self.with("X: a\(UnicodeScalar(UInt8($0)))b"), 400) }
        let bareReturns = [
            WireCase("bare CR inside", Self.with("X: a\rb"), 400),
            WireCase("bare CR at the end", Self.with("X: a\r"), 400),
            WireCase("bare CR at the start", Self.with("X: \ra"), 400),
        ]
        try await check(inside + bareReturns)
    }

    @Test func tabsAndBytesAboveASCIIAreAllowedInAValue() async throws {
        try await check([WireCase("tab", Self.with("X: a\tb"), 200), WireCase("UTF-8", Self.with("X: grüß"), 200)])
    }

    @Test func spaceBeforeTheColonIsRefused() async throws {
        try await check([WireCase("space", Self.with("X : a"), 400), WireCase("tab", Self.with("X\t: a"), 400)])
    }

    @Test func foldedLinesAreRefused() async throws {
        try await check([
            WireCase("space", Self.with("X: a\r\n b"), 400), WireCase("tab", Self.with("X: a\r\n\tb"), 400),
            WireCase("first line", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
        ])
    }

    @Test func anEmptyNameIsRefused() async throws {
        try await check([WireCase("colon", Self.with(": a"), 400), WireCase("colon alone", Self.with(":"), 400)])
    }

    @Test func aNameThatIsNoTokenIsRefused() async throws {
        let wrong = "\"(),/;<=>?@[\\]{}".map { WireCase("\($0)", Self.with("X\($0)Y: a"), 400) }
        let others = [
            WireCase("NUL", Self.with("X\u{0}Y: a"), 400), WireCase("DEL", Self.with("X\u{7F}Y: a"), 400),
            WireCase("above ASCII", Self.with("Xé: a"), 400), WireCase("no colon", Self.with("Xa"), 400),
        ]
        try await check(wrong + others)
    }

    @Test func bareLineFeedAsALineEndIsRefused() async throws {
        try await check([
            WireCase("request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400),
            WireCase("field line", "GET / HTTP/1.1\r\nHost: a\n\r\n", 400),
            WireCase("last line", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400),
            WireCase("all", "GET / HTTP/1.1\nHost: a\n\n", 400),
            WireCase("before the request", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ])
    }

    @Test func oneLeadingEmptyLineIsTolerated() async throws {
        try await check([
            WireCase("one", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 200),
            WireCase("two", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            WireCase("bare CR", "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ])
    }

    @Test func requestLinesAreStrict() async throws {
        let lines = [
            " GET / HTTP/1.1", "GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET / HTTP/1.1 ", "GET\t/ HTTP/1.1", "GET /",
            "GET",
            "GET / http/1.1", "GET / HTTP/1", "GET / HTTP/1.10", "GET / HTTP/01.1", "GET / HTTP/1,1", "GET / HTTPS/1.1",
            "G(T / HTTP/1.1", "GET /a b HTTP/1.1", "GET /a#b HTTP/1.1", "GET /é HTTP/1.1", "GET /\u{0} HTTP/1.1",
            "GET /\u{7F} HTTP/1.1", "GET a HTTP/1.1", "GET ?a HTTP/1.1", "GET ftp://a/ HTTP/1.1",
            "GET http:/a HTTP/1.1",
        ]
        try await check(lines.map { WireCase($0.debugDescription, "\($0)\r\nHost: a\r\n\r\n", 400) })
    }

    @Test func otherProtocolVersionsAreNotSupported() async throws {
        try await check(
            ["HTTP/0.9", "HTTP/2.0", "HTTP/2.1", "HTTP/3.0", "HTTP/9.9"].map {
                WireCase($0, "GET / \($0)\r\nHost: a\r\n\r\n", 505)
            })
    }

    /// The access line of a refused request tells its method and target, and never trips over a head that is half read.
    @Test func refusedRequestsAreLoggedWithWhatWasUnderstood() async throws {
        let site = TempSite()
        try await withServer(site) { server in
            let client = try RawClient(server.port)
            let answer = try client.exchange(
                "GET /seen HTTP/1.1\r\nHost: a\r\nUser-Agent: u\r\nAccept: text/html\r\nX y: z\r\n\r\n")
            #expect(answer.status == 400)
            let lines = server.accessLines(1)
            #expect(lines.count == 1 && lines[0].contains("/seen") && lines[0].contains("bad_request"), "\(lines)")
        }
    }
}
