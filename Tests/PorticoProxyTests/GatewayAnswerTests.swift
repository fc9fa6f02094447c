// What the client is told when no backend gave an answer.
import PorticoConfig
import PorticoTesting
import Testing

@Suite struct GatewayAnswerTests {
    @Test func `a refused connection is a 502`() async throws {
        let port = try refusingPort()
        try await withProxy(edit: { $0.targets = [TargetSettings(port: port)] }) { server in
            let client = try RawClient(server.port)
            let answer = try client.exchange(get("/api/"))
            #expect(answer.status == 502)
            #expect(answer["Content-Type"] == "application/json")
            #expect(answer["Cache-Control"] == "no-store")
            let id = try #require(answer["X-Request-ID"])
            #expect(answer.text.contains("\"status\":502") && answer.text.contains("\"request_id\":\"\(id)\""))
            #expect(try client.exchange(get("/api/")).status == 502, "the connection serves on")
            let line = try #require(server.accessLines(1).first)
            for part in [
                "\"request_id\":\"\(id)\"", "\"status\":502", "\"reason\":\"connect_refused\"", "\"attempts\":1",
                "\"target\":\"127.0.0.1:\(port)\"", "\"route\":\"/api/*\"", "\"level\":\"error\"",
            ] {
                #expect(line.contains(part), "\(part) in \(line)")
            }
            #expect(!line.contains("upstream_head_ms"))
        }
    }

    @Test func `a browser gets a page`() async throws {
        let port = try refusingPort()
        try await withProxy(edit: { $0.targets = [TargetSettings(port: port)] }) { server in
            let answer = try RawClient(server.port).exchange(get("/api/", "Accept: text/html,*/*;q=0.8"))
            #expect(answer.status == 502)
            #expect(answer["Content-Type"] == "text/html; charset=utf-8")
            #expect(answer.text.contains(try #require(answer["X-Request-ID"])))
        }
    }

    @Test func `no enabled target is a 503 with Retry-After`() async throws {
        try await withProxy(edit: {
            var target = TargetSettings(port: 1)
            target.enabled = false
            $0.targets = [target]
        }) { server in
            let answer = try RawClient(server.port).exchange(get("/api/"))
            #expect(answer.status == 503)
            #expect((answer["Retry-After"].flatMap { Int($0) } ?? 0) > 0)
            let line = try #require(server.accessLines(1).first)
            #expect(line.contains("\"reason\":\"no_target\""))
            #expect(!line.contains("\"target\""))
        }
    }

    @Test func `a name that does not resolve is a 502`() async throws {
        try await withProxy(edit: { $0.targets = [TargetSettings(id: "x", host: "no-such-host.invalid", port: 80)] }) {
            server in
            let answer = try RawClient(server.port, timeout: .seconds(15)).exchange(get("/api/"))
            #expect(answer.status == 502)
            #expect(
                server.accessLines(1).first?.contains("\"reason\":\"resolve_failed\"") == true,
                "\(server.accessLines(1))")
        }
    }

    /// The listener's queue is full and nobody accepts: connections hang.
    @Test func `a connection that does not come about is a 504`() async throws {
        let hole = try BlackHole()
        try await withProxy(edit: {
            $0.targets = [TargetSettings(port: hole.port)]
            $0.connectTimeout = .milliseconds(300)
        }) { server in
            let answer = try RawClient(server.port).exchange(get("/api/"))
            #expect(answer.status == 504)
            #expect(server.accessLines(1).first?.contains("\"reason\":\"connect_timeout\"") == true)
        }
    }

    @Test func `a head that does not come is a 504`() async throws {
        let backend = try FakeBackend { _ in [.readRequest, .awaitEnd] }
        try await withProxy(backend, edit: { $0.timeout = .milliseconds(300) }) { server in
            let client = try RawClient(server.port)
            let answer = try client.exchange(get("/api/"))
            #expect(answer.status == 504)
            #expect(server.accessLines(1).first?.contains("\"reason\":\"head_timeout\"") == true)
            #expect(backend.ending(of: 0) != nil, "the backend is let go")
        }
    }

    @Test func `a body that stops coming is cut`() async throws {
        let backend = try FakeBackend { _ in
            [.readRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), .awaitEnd]
        }
        try await withProxy(backend, edit: { $0.idleTimeout = .milliseconds(300) }) { server in
            let client = try RawClient(server.port)
            client.send(get("/api/"))
            #expect(client.readToEnd(within: .seconds(3)).ending == .reset)
            #expect(server.accessLines(1).first?.contains("\"reason\":\"idle_timeout\"") == true)
        }
    }

    /// The timer sleeps while nobody is connected; what it saw last must not count against a request.
    @Test func `a request after a long silence has its whole time`() async throws {
        let backend = try FakeBackend { _ in [.readRequest, .pause(.milliseconds(600)), .answer("late"), .close] }
        try await withProxy(backend, edit: { $0.timeout = .milliseconds(1200) }) { server in
            let answer = try RawClient(server.port).exchange(get("/api/"))
            #expect(answer.text == "late")
            RawClient.sleep(.milliseconds(1800))
            #expect(try RawClient(server.port).exchange(get("/api/")).text == "late")
        }
    }

    @Test func `a client that comes after a long silence has its whole time`() async throws {
        let backend = try FakeBackend.answering()
        try await withProxy(backend, configure: { $0.server.headerTimeout = .seconds(1) }) { server in
            #expect(try RawClient(server.port).exchange(get("/api/")).status == 200)
            RawClient.sleep(.milliseconds(1500))
            let client = try RawClient(server.port)
            RawClient.sleep(.milliseconds(600))
            #expect(try client.exchange(get("/api/")).status == 200)
        }
    }

    @Test func `the second target answers when the first refuses`() async throws {
        let port = try refusingPort()
        let backend = try FakeBackend.answering()
        try await withProxy(
            backend, edit: { $0.targets = [TargetSettings(port: port), TargetSettings(port: backend.port)] }
        ) { server in
            let client = try RawClient(server.port)
            for _ in 0..<4 {
                let answer = try client.exchange(get("/api/", "Content-Length: 3", method: "POST") + "abc")
                #expect(answer.status == 200)
            }
            #expect(backend.requests.map(\.text) == ["abc", "abc", "abc", "abc"])
            let lines = server.accessLines(4)
            #expect(lines.filter { $0.contains("\"attempts\":2") }.count == 2)
            #expect(
                lines.allSatisfy {
                    $0.contains("\"target\":\"127.0.0.1:\(backend.port)\"") && $0.contains("\"reason\":\"ok\"")
                })
        }
    }

    @Test func `the access line of a success tells where the answer came from`() async throws {
        let backend = try FakeBackend { _ in [.readRequest, .pause(.milliseconds(60)), .answer("hello"), .awaitEnd] }
        try await withProxy(backend) { server in
            _ = try RawClient(server.port).exchange(get("/api/x?y", "Content-Length: 3", method: "POST") + "abc")
            let line = try #require(server.accessLines(1).first)
            for part in [
                "\"method\":\"POST\"", "\"path\":\"/api/x?y\"", "\"status\":200", "\"bytes_in\":3", "\"bytes_out\":5",
                "\"route\":\"/api/*\"", "\"target\":\"127.0.0.1:\(backend.port)\"", "\"attempts\":1",
                "\"level\":\"info\"",
            ] {
                #expect(line.contains(part), "\(part) in \(line)")
            }
            #expect(line.contains("\"reason\":\"ok\""))
            let upstream = try #require(
                line.split(separator: "\"upstream_head_ms\":").last?.split(separator: ",").first)
            #expect((60..<1000).contains(Double(upstream) ?? 0), "\(line)")
        }
    }

    @Test func `targets take turns`() async throws {
        let one = try FakeBackend.answering()
        let two = try FakeBackend.answering()
        try await withProxy(one, two) { server in
            let client = try RawClient(server.port)
            for _ in 0..<10 { _ = try client.exchange(get("/api/")) }
            #expect(one.requests.count == 5 && two.requests.count == 5)
        }
    }
}

/// Listens and never accepts; the queue is full already.
private final class BlackHole {
    let port: Int
    private let backend: FakeBackend
    /// What the kernel takes beyond a backlog of 0.
    private let client: RawClient

    init() throws {
        backend = try FakeBackend(backlog: 0, isDeaf: true) { _ in [] }
        port = backend.port
        client = try RawClient(port)
    }

    deinit { backend.stop() }
}
