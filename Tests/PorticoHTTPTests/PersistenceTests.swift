// Requests one after another on a connection (RFC 9112 §9).
import PorticoTesting
import Testing

@Suite struct PersistenceTests {
    private static func get(_ target: String, _ lines: String = "", version: String = "1.1") -> String {
        "GET \(target) HTTP/\(version)\r\nHost: a\r\n\(lines)\r\n"
    }

    private static func site() -> TempSite {
        let site = TempSite(["index.html": "home"])
        for number in 0..<20 {
            site.files.write("\(number).txt", "file \(number) " + String(repeating: "x", count: number * 50))
        }
        site.files.write("large.bin", Array(repeating: 7, count: 300_000))
        return site
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        try await withServer(Self.site()) { server in
            let client = try RawClient(server.port)
            // Cached, not cached, large, missing and refused methods mixed: each takes another way inside.
            var names = (0..<20).map { "/\($0).txt" } + ["/large.bin", "/none.txt"]
            names += (0..<20).map { "/\($0).txt" }
            client.send(names.map { Self.get($0) }.joined())
            for name in names {
                let answer = try client.response()
                switch name {
                case "/none.txt": #expect(answer.status == 404)
                case "/large.bin": #expect(answer.body.count == 300_000)
                default: #expect(answer.text.hasPrefix("file \(name.dropFirst().dropLast(4)) "), "\(name)")
                }
            }
        }
    }

    @Test func pipelinedRequestsAreCutAnywhere() async throws {
        try await withServer(Self.site()) { server in
            let client = try RawClient(server.port)
            let requests = (0..<5).map { Self.get("/\($0).txt") }.joined()
            client.send(requests, inPiecesOf: 7, pause: .zero)
            for number in 0..<5 { #expect(try client.response().text.hasPrefix("file \(number) ")) }
        }
    }

    @Test func halfCloseIsNoAbort() async throws {
        try await withServer(Self.site()) { server in
            for name in ["/1.txt", "/large.bin", "/none.txt"] {
                let client = try RawClient(server.port)
                client.send(Self.get(name))
                client.finishSending()
                #expect(try client.response().status == (name == "/none.txt" ? 404 : 200), "\(name)")
                #expect(client.isClosed(), "\(name)")
            }
        }
    }

    @Test func halfCloseAfterPipelinedRequestsLosesNone() async throws {
        try await withServer(Self.site()) { server in
            let client = try RawClient(server.port)
            client.send((0..<10).map { Self.get("/\($0).txt") }.joined() + Self.get("/large.bin") + Self.get("/3.txt"))
            client.finishSending()
            for number in 0..<10 { #expect(try client.response().text.hasPrefix("file \(number) ")) }
            #expect(try client.response().body.count == 300_000)
            #expect(try client.response().text.hasPrefix("file 3 "))
            #expect(client.isClosed())
        }
    }

    @Test func aMalformedRequestBehindGoodOnesIsAnsweredOnceAndEndsTheConnection() async throws {
        try await withServer(Self.site()) { server in
            let client = try RawClient(server.port)
            client.send(Self.get("/1.txt") + "BAD\u{1}/ HTTP/1.1\r\n\r\n" + Self.get("/2.txt"))
            #expect(try client.response().text.hasPrefix("file 1 "))
            #expect(try client.response().status == 400)
            client.finishSending()
            #expect(client.isClosed())
        }
    }

    @Test func persistenceFollowsVersionAndConnection() async throws {
        let cases: [(version: String, lines: String, persists: Bool)] = [
            ("1.1", "", true), ("1.1", "Connection: keep-alive\r\n", true), ("1.1", "Connection: close\r\n", false),
            ("1.1", "Connection: x, Close\r\n", false),
            ("1.1", "Connection: keep-alive\r\nConnection: close\r\n", false),
            ("1.0", "", false), ("1.0", "Connection: keep-alive\r\n", true),
            ("1.0", "Connection: keep-alive, close\r\n", false),
        ]
        try await withServer(Self.site()) { server in
            for (version, lines, persists) in cases {
                let client = try RawClient(server.port)
                let answer = try client.exchange(Self.get("/1.txt", lines, version: version))
                #expect(answer.status == 200)
                if persists {
                    #expect(answer["Connection"] == (version == "1.0" ? "keep-alive" : nil), "\(version) \(lines)")
                    #expect(try client.exchange(Self.get("/2.txt")).status == 200, "\(version) \(lines)")
                } else {
                    #expect(
                        answer["Connection"] == "close" && client.isClosed(), "\(version) \(lines)")
                }
            }
        }
    }

    @Test func aShortUnreadBodyIsDrainedAndTheConnectionServesOn() async throws {
        try await withServer(Self.site()) { server in
            for body in ["Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"]
            {
                let client = try RawClient(server.port)
                client.send("POST /1.txt HTTP/1.1\r\nHost: a\r\n\(body)" + Self.get("/2.txt"))
                #expect(try client.response().status == 405)
                #expect(try client.response().text.hasPrefix("file 2 "))
            }
        }
    }

    @Test func aBodyLooksLikeARequestButIsNone() async throws {
        let smuggled = Self.get("/3.txt")
        try await withServer(Self.site()) { server in
            let client = try RawClient(server.port)
            let request = "POST /1.txt HTTP/1.1\r\nHost: a\r\nContent-Length: \(smuggled.utf8.count)\r\n\r\n"
            client.send(request)
            #expect(try client.response().status == 405)
            client.send(smuggled + Self.get("/2.txt"))
            #expect(try client.response().text.hasPrefix("file 2 "))
        }
    }

    @Test func aLongUnreadBodyEndsTheConnection() async throws {
        try await withServer(Self.site()) { server in
            let client = try RawClient(server.port)
            let answer = try client.exchange("POST /1.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\nhello")
            #expect(answer.status == 405 && answer["Connection"] == "close")
            #expect(client.isClosed())
        }
    }

    @Test func aChunkedUnreadBodyIsDrainedWithinABound() async throws {
        try await withServer(Self.site()) { server in
            let client = try RawClient(server.port)
            let head = "POST /1.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            #expect(try client.exchange(head).status == 405)
            let chunk = "1000\r\n" + String(repeating: "x", count: 4096) + "\r\n"
            for _ in 0..<20 { client.send(chunk) }
            client.send("0\r\n\r\n" + Self.get("/2.txt"))
            client.finishSending()
            #expect(client.isClosed(), "never a second answer")
        }
    }

    @Test func aBrokenUnreadBodyEndsTheConnectionAtOnce() async throws {
        try await withServer(Self.site()) { server in
            let client = try RawClient(server.port)
            let head = "POST /1.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            client.send(head + "zz\r\n" + Self.get("/2.txt"))
            #expect(try client.response().status == 405)
            #expect(client.isClosed())
        }
    }
}
