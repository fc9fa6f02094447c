// Host, the forms of a target, and methods (RFC 9112 §3.2, RFC 9110 §9).
import PorticoTesting
import Testing

@Suite struct TargetTests {
    private static func get(host: String) -> String { "GET / HTTP/1.1\r\n\(host)\r\n\r\n" }

    @Test func hostStandsExactlyOnce() async throws {
        try await check([
            WireCase("none", "GET / HTTP/1.1\r\nX: a\r\n\r\n", 400),
            WireCase("no fields", "GET / HTTP/1.1\r\n\r\n", 400),
            WireCase("two", Self.get(host: "Host: a\r\nHost: b"), 400),
            WireCase("the same twice", Self.get(host: "Host: a\r\nhost: a"), 400),
            WireCase("two in 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400),
            WireCase("none with an absolute target", "GET http://a/ HTTP/1.1\r\n\r\n", 400),
        ])
    }

    @Test func hostHasValidCharacters() async throws {
        let wrong = [
            "", "a b", "a/b", "a\\b", "user@a", "a?b", "a#b", "a:b", "a:65536", "a:-1", "a:80:80", ":80", "[::1", "::1",
            "[]",
            "[::g]", "[::1]x", "a\"b", "a<b", "é", "a,b c", "http://a", "[a](b)",
        ]
        let right = [
            "a", "A.example", "a:80", "a:", "127.0.0.1:8080", "[::1]", "[::1]:80", "a_b.example",
            "xn--bcher-kva.example",
        ]
        try await check(
            wrong.map { WireCase($0.debugDescription, Self.get(host: "Host: \($0)"), 400) }
                + right.map { WireCase($0, Self.get(host: "Host: \($0)"), 200) })
    }

    @Test func authorityOfAnAbsoluteTargetReplacesHost() async throws {
        let cases = [
            ("GET http://real.example/x?y HTTP/1.1", "real.example", "/x?y"),
            ("GET http://real.example:81/x HTTP/1.1", "real.example:81", "/x"),
            ("GET HTTP://real.example/ HTTP/1.1", "real.example", "/"),
            ("GET https://real.example/ HTTP/1.1", "real.example", "/"),
            ("GET http://real.example HTTP/1.1", "real.example", "/"),
            ("GET http://real.example?q=1 HTTP/1.1", "real.example", "/?q=1"),
        ]
        try await withEcho { port, _ in
            for (line, host, target) in cases {
                let answer = try RawClient(port).exchange("\(line)\r\nHost: other.example\r\n\r\n")
                #expect(answer["X-Host"] == host && answer["X-Target"] == target, "\(line)")
            }
        }
        try await check([
            WireCase("empty authority", "GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            WireCase("user information", "GET http://u@a/x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            WireCase("bad port", "GET http://a:x/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ])
    }

    @Test func asteriskIsForOptionsOnly() async throws {
        try await check([
            WireCase("OPTIONS", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 200),
            WireCase("GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            WireCase("more than a star", "OPTIONS *a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ])
    }

    @Test func connectAndTraceAreNotAllowed() async throws {
        try await check([
            WireCase("CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 405),
            WireCase("CONNECT to a path", "CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n", 405),
            WireCase("TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        ])
    }

    @Test func whatIsNeverAllowedIsAnsweredWithWhatIs() async throws {
        try await withEcho { port, _ in
            for line in ["CONNECT a:443", "TRACE /"] {
                let answer = try RawClient(port).exchange("\(line) HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(answer.status == 405 && answer["Allow"]?.contains("GET, HEAD") == true, "\(line)")
            }
        }
    }

    @Test func unknownButValidMethodsPass() async throws {
        try await withEcho { port, _ in
            for method in ["PROPFIND", "M-SEARCH", "get", "X!#$%&'*+-.^_`|~1", "PURGE"] {
                let answer = try RawClient(port).exchange("\(method) /x HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(answer.status == 200 && answer["X-Method"] == method)
            }
        }
    }

    @Test func filesAnswerOtherMethodsWith405AndAllow() async throws {
        let site = TempSite(["index.html": "x"])
        try await withServer(site) { server in
            for method in ["POST", "PUT", "DELETE", "PATCH", "PROPFIND", "get"] {
                let answer = try RawClient(server.port).exchange("\(method) / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(answer.status == 405 && answer["Allow"] == "GET, HEAD, OPTIONS", "\(method)")
            }
            let options = try RawClient(server.port).exchange("OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(options.status == 204 && options["Allow"] == "GET, HEAD, OPTIONS")
            let asterisk = try RawClient(server.port).exchange("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(asterisk.status == 204)
        }
    }

    @Test func routingSeesTheNormalisedPathAndForwardingTheBytesSent() async throws {
        let cases = [
            ("/a/b", "/a/b"), ("/%61/%62", "/a/b"), ("/a/./b", "/a/b"), ("/a/x/../b", "/a/b"), ("/a/%2e%2E/b", "/b"),
            ("/a/%2e/b", "/a/b"), ("/a%2fb", "/a%2Fb"), ("/a%5cb", "/a%5Cb"), ("/a//b", "/a//b"), ("/a/..", "/"),
            ("/a/b/..", "/a/"),
            ("/a%20b", "/a%20b"), ("/%7euser", "/~user"), ("/a?x=%2e%2e/", "/a"), ("/.", "/"), ("/a/.", "/a/"),
            ("/%252e%252e/x", "/%252e%252e/x"), ("/..a", "/..a"), ("/a..", "/a.."), ("/.../x", "/.../x"),
        ]
        try await withEcho { port, _ in
            for (sent, path) in cases {
                let answer = try RawClient(port).exchange("GET \(sent) HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(
                    answer["X-Path"] == path && answer["X-Target"] == sent,
                    "\(sent) -> \(answer["X-Path"] ?? "nothing")")
            }
        }
    }

    @Test func pathsThatClimbAboveTheRootOrHoldNULAreRefused() async throws {
        let paths = [
            "/..", "/../", "/../x", "/a/../..", "/a/../../x", "/%2e%2e/x", "/%2E./x", "/.%2e/x", "/./../x",
            "/a/b/../../../x", "/%00",
            "/a%00b", "/a/%00/..", "/%", "/%2", "/%zz", "/a%", "/%2gx", "/%%41",
        ]
        try await check(paths.map { WireCase($0, "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n", 400) })
    }
}
