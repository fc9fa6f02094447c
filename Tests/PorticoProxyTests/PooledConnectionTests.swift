// Connections to backends are used again, and one that its backend closed meanwhile costs no client an answer.
import PorticoConfig
import PorticoCore
import PorticoTesting
import Testing

@Suite struct PooledConnectionTests {
    @Test func `one connection serves many requests`() async throws {
        let backend = try FakeBackend.answering()
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            for _ in 0..<50 { #expect(try client.exchange(get("/api/")).text == "ok") }
            for _ in 0..<10 { #expect(try RawClient(server.port).exchange(get("/api/")).text == "ok") }
            #expect(backend.connectionCount == 1)
        }
    }

    @Test(arguments: ["Connection: close", "Connection: Keep-Alive, close"])
    func `a connection that its backend ends is not used again`(_ field: String) async throws {
        let backend = try FakeBackend.answering("HTTP/1.1 200 OK\r\n\(field)\r\nContent-Length: 2\r\n\r\nok")
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            for _ in 0..<3 { #expect(try client.exchange(get("/api/")).text == "ok") }
            #expect(backend.connectionCount == 3)
        }
    }

    @Test func `a pool of none keeps none`() async throws {
        let backend = try FakeBackend.answering()
        try await withProxy(backend, edit: { $0.pool.maxIdle = 0 }) { server in
            let client = try RawClient(server.port)
            for _ in 0..<3 { _ = try client.exchange(get("/api/")) }
            #expect(backend.connectionCount == 3)
        }
    }

    @Test func `idle connections are closed in time`() async throws {
        let backend = try FakeBackend { _ in [.readRequest, .answer("ok"), .awaitEnd] }
        try await withProxy(backend, edit: { $0.pool.idleTimeout = .milliseconds(200) }) { server in
            _ = try RawClient(server.port).exchange(get("/api/"))
            #expect(backend.ending(of: 0) == .closed)
        }
    }

    @Test func `old connections are not used again`() async throws {
        let backend = try FakeBackend.answering()
        try await withProxy(backend, edit: { $0.pool.maxLifetime = .milliseconds(300) }) { server in
            let client = try RawClient(server.port)
            _ = try client.exchange(get("/api/"))
            RawClient.sleep(.milliseconds(700))
            _ = try client.exchange(get("/api/"))
            #expect(backend.connectionCount == 2)
        }
    }

    /// `timeout=1` less a second leaves nothing; `timeout=60` is more than our own idle time.
    @Test func `what a backend says of its patience is honoured`() async throws {
        for (hint, connections) in [("timeout=1", 3), ("timeout=60, max=5", 1), ("max=100", 2)] {
            let backend = try FakeBackend.answering(
                "HTTP/1.1 200 OK\r\nKeep-Alive: \(hint)\r\nContent-Length: 2\r\n\r\nok")
            try await withProxy(backend, edit: { $0.pool.idleTimeout = .milliseconds(400) }) { server in
                let client = try RawClient(server.port)
                _ = try client.exchange(get("/api/"))
                _ = try client.exchange(get("/api/"))
                RawClient.sleep(.milliseconds(900))
                _ = try client.exchange(get("/api/"))
                #expect(backend.connectionCount == connections, "\(hint)")
            }
        }
    }

    // MARK: Stale ones

    /// The backend reads the second request and closes instead of answering, as if it had decided before.
    @Test func `a GET on a connection that dies is asked once more`() async throws {
        for end in [FakeBackend.Step.close, .reset] {
            let backend = try FakeBackend { connection in
                connection == 0
                    ? [.readRequest, .answer("first"), .readRequest, end]
                    : [.readRequest, .answer("second"), .awaitEnd]
            }
            try await withProxy(backend) { server in
                let client = try RawClient(server.port)
                #expect(try client.exchange(get("/api/1")).text == "first")
                let answer = try client.exchange(get("/api/2"))
                #expect(answer.status == 200 && answer.text == "second")
                #expect(backend.requests.map(\.target) == ["/1", "/2", "/2"])
                #expect(server.accessLines(2).last?.contains("\"attempts\":2") == true)
            }
        }
    }

    @Test func `a small PUT on a connection that dies is sent once more, body and all`() async throws {
        let backend = try FakeBackend { connection in
            connection == 0
                ? [.readRequest, .answer("first"), .readRequest, .close] : [.readRequest, .answer("second"), .awaitEnd]
        }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            #expect(try client.exchange(get("/api/")).text == "first")
            let answer = try client.exchange(get("/api/", "Content-Length: 4", method: "PUT") + "body")
            #expect(answer.text == "second")
            #expect(backend.requests.map(\.text) == ["", "body", "body"])
        }
    }

    @Test func `a POST that may have been seen is not sent twice`() async throws {
        let backend = try FakeBackend { connection in
            connection == 0
                ? [.readRequest, .answer("first"), .readRequest, .close] : [.readRequest, .answer("second"), .awaitEnd]
        }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            #expect(try client.exchange(get("/api/")).text == "first")
            let answer = try client.exchange(get("/api/", "Content-Length: 4", method: "POST") + "body")
            #expect(answer.status == 502)
            #expect(backend.requests.count == 2)
        }
    }

    @Test func `a POST is not given a connection that is closed already`() async throws {
        let backend = try FakeBackend { connection in
            connection == 0 ? [.readRequest, .answer("first"), .close] : [.readRequest, .answer("second"), .awaitEnd]
        }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            #expect(try client.exchange(get("/api/")).text == "first")
            // Long enough for the end to reach this host, whether or not the event loop has looked.
            RawClient.sleep(.milliseconds(20))
            let answer = try client.exchange(get("/api/", "Content-Length: 4", method: "POST") + "body")
            #expect(answer.text == "second")
        }
    }

    @Test func `a fresh connection that dies is not tried again`() async throws {
        let backend = try FakeBackend { _ in [.readRequest, .close] }
        try await withProxy(backend) { server in
            let answer = try RawClient(server.port).exchange(get("/api/"))
            #expect(answer.status == 502)
            #expect(backend.connectionCount == 1)
        }
    }

    @Test func `a second stale connection is not tried after the first`() async throws {
        let backend = try FakeBackend { connection in
            connection < 2 ? [.readRequest, .answer("ok"), .readRequest, .close] : [.readRequest, .close]
        }
        try await withProxy(backend) { server in
            let clients = [try RawClient(server.port), try RawClient(server.port)]
            for client in clients { client.send(get("/api/")) }
            for client in clients { _ = try client.response() }
            // On a slow machine the second one came when the first was answered, over its connection, and had to be sent again.
            let before = backend.requests.count
            #expect(try clients[0].exchange(get("/api/")).status == 502)
            #expect(backend.requests.count <= before + 2)
        }
    }

    /// The race that gives other gateways a 502 now and then: the backend closes while the next request is on its way.
    @Test func `connections that end after a few requests cost no GET`() async throws {
        let backend = try FakeBackend { connection in
            (0..<(connection % 4 + 1)).flatMap { _ in [FakeBackend.Step.readRequest, .answer("ok")] } + [.close]
        }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            var statuses: [Int: Int] = [:]
            for _ in 0..<600 { statuses[try client.exchange(get("/api/")).status, default: 0] += 1 }
            #expect(statuses == [200: 600])
        }
    }

    @Test func `connections that end after a pause cost no GET`() async throws {
        let backend = try FakeBackend { connection in
            [.readRequest, .answer("ok"), .pause(.microseconds(connection % 40 * 50)), .close]
        }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            var statuses: [Int: Int] = [:]
            for turn in 0..<400 {
                statuses[try client.exchange(get("/api/")).status, default: 0] += 1
                RawClient.sleep(.microseconds(turn % 17 * 60))
            }
            #expect(statuses == [200: 400])
        }
    }

    @Test func `pipelined requests are answered in order`() async throws {
        let backend = try FakeBackend { _ in
            (0..<100).flatMap { number in
                [FakeBackend.Step.readRequest, .pause(.milliseconds(number % 3)), .answer("answer \(number)")]
            }
        }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            var requests = ""
            for number in 0..<50 {
                requests +=
                    number % 5 == 4
                    ? get("/api/\(number)", "Content-Length: 3", method: "POST") + "abc" : get("/api/\(number)")
            }
            client.send(requests)
            for number in 0..<50 { #expect(try client.response().text == "answer \(number)") }
            #expect(backend.requests.map(\.target) == (0..<50).map { "/\($0)" })
            #expect(backend.connectionCount == 1)
        }
    }
}
