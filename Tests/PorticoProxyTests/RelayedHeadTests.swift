// What the client gets of a backend's head: final answers and those before it (RFC 9110 §7.6, §15.2).
import PorticoCore
import PorticoTesting
import Testing

@Suite struct RelayedHeadTests {
    @Test func `fields of the backend's connection end here`() async throws {
        let answer = try await relayed(
            "HTTP/1.1 200 Fine\r\nConnection: close, X-Hop, Content-Length\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n"
                + "Proxy-Authenticate: Basic\r\nProxy-Connection: close\r\nUpgrade: h2c\r\nTE: x\r\nTrailer: A\r\n"
                + "X-Stays: 1\r\nX-Request-ID: theirs\r\nServer: theirs\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                + "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\nok")
        for name in ["X-Hop", "Keep-Alive", "Proxy-Authenticate", "Proxy-Connection", "Upgrade", "TE", "Connection"] {
            #expect(answer.all(name).isEmpty, "\(name)")
        }
        #expect(answer.status == 200 && answer.text == "ok")
        #expect(answer.all("Content-Length") == ["2"])
        #expect(answer.all("Set-Cookie") == ["a=1", "b=2"])
        #expect(answer.all("Server") == ["theirs"])
        #expect(answer.all("Date") == ["Sun, 06 Nov 1994 08:49:37 GMT"])
        #expect(answer.all("X-Request-ID").count == 1 && answer["X-Request-ID"] != "theirs")
    }

    @Test func `an answer without a date gets one`() async throws {
        #expect(try await relayed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").all("Date").count == 1)
    }

    @Test(arguments: [201, 302, 404, 418, 500, 503, 599]) func `any status passes`(_ status: Int) async throws {
        #expect(try await relayed("HTTP/1.1 \(status) X\r\nContent-Length: 0\r\n\r\n").status == status)
    }

    @Test func `early hints go to clients of 1-1`() async throws {
        let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nConnection: X-Hop\r\nX-Hop: 1\r\n\r\n"
        let final = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        for version in ["1.1", "1.0"] {
            let backend = try FakeBackend { _ in
                [.readRequest, .send(hints), .pause(.milliseconds(100)), .send(final), .close]
            }
            try await withProxy(backend) { server in
                let client = try RawClient(server.port)
                var answer = try client.exchange(get("/api/", version: version))
                if version == "1.1" {
                    #expect(answer.status == 103)
                    #expect(answer["Link"] == "</a.css>" && answer["X-Hop"] == nil)
                    answer = try client.response()
                }
                #expect(answer.status == 200 && answer.text == "ok")
            }
        }
    }

    @Test func `heads that come in pieces, many at once, keep to themselves`() async throws {
        let backend = try FakeBackend { number in
            let fields = (0..<20).map { "X-Field-\($0): \(number)-\($0)\r\n" }
            let pieces = ["HTTP/1.1 200 OK\r\nX-Fi", "rst: \(number)\r\n"] + fields + ["Content-Length: 2\r\n\r\nok"]
            return [.readRequest] + pieces.flatMap { [.send($0), .pause(.milliseconds(5))] } + [.close]
        }
        try await withProxy(backend) { server in
            let clients = try (0..<8).map { _ in try RawClient(server.port) }
            for client in clients { client.send(get("/api/")) }
            var numbers: Set<String> = []
            for client in clients {
                let answer = try client.response()
                let number = try #require(answer["X-First"])
                numbers.insert(number)
                #expect((0..<20).allSatisfy { answer["X-Field-\($0)"] == "\(number)-\($0)" })
            }
            #expect(numbers.count == clients.count)
        }
    }

    @Test func `hints and the answer may come in one piece`() async throws {
        let backend = try FakeBackend.answering(
            "HTTP/1.1 103 X\r\n\r\nHTTP/1.1 102 X\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            #expect(try client.exchange(get("/api/")).status == 103)
            #expect(try client.response().status == 102)
            #expect(try client.response().text == "ok")
            #expect(try client.exchange(get("/api/")).status == 103)
            #expect(backend.connectionCount == 1)
        }
    }

    @Test func `a 101 that nobody asked for is a 502`() async throws {
        let answer = try await relayed("HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\nraw")
        #expect(answer.status == 502)
    }

    @Test func `a 100 that nobody asked for is dropped`() async throws {
        let answer = try await relayed("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        #expect(answer.status == 200 && answer.text == "ok")
    }

    /// 16 MiB of them, and then the answer.
    @Test func `interim answers are not kept for a client that does not read`() async throws {
        let hint = "HTTP/1.1 103 Early Hints\r\nLink: </\(String(repeating: "a", count: 4096))>\r\n\r\n"
        let flood = [FakeBackend.Step](repeating: .send(hint), count: 4000)
        let backend = try FakeBackend { _ in [.readRequest] + flood + [.answer("ok"), .awaitEnd] }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port, timeout: .seconds(60))
            client.send(get("/api/"))
            let end = MonotonicTime.now() + .seconds(60)
            while backend.bytesSent < 4000 * hint.utf8.count, .now() < end { RawClient.sleep(.milliseconds(10)) }
            var (count, answer) = (0, try client.response())
            while answer.status == 103 { (count, answer) = (count + 1, try client.response()) }
            #expect(answer.text == "ok")
            #expect(count > 0 && count < 4000, "\(count)")
        }
    }
}
