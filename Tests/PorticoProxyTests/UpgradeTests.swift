// Upgraded connections: bytes flow only after the backend's 101, both ways, until either side ends.
import NIOCore
import PorticoConfig
import PorticoTesting
import Testing

@testable import PorticoTransport

extension LiveServer {
    fileprivate func connections(_ isCounted: @escaping @Sendable (SocketChannel) -> Bool) async throws -> Int {
        var count = 0
        for loop in loops {
            count += try await loop.submit {
                loop.watched.count { ($0 as? SocketChannel).map(isCounted) ?? false }
            }.get()
        }
        return count
    }
}

@Suite struct UpgradeTests {
    private static let handshake = get(
        "/api/socket", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: chat")
    private static let switching =
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"

    @Test func `a handshake goes through and bytes follow`() async throws {
        let backend = try FakeBackend { _ in
            [.readRequest, .send(Self.switching + "early"), .readBytes(4), .send("pong"), .awaitEnd]
        }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            let answer = try client.exchange(Self.handshake)
            #expect(answer.status == 101)
            #expect(answer["Upgrade"] == "websocket" && answer["Connection"]?.lowercased() == "upgrade")
            #expect(answer["Sec-WebSocket-Accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
            #expect(try client.read(5) == Array("early".utf8))
            client.send("ping")
            #expect(try client.read(4) == Array("pong".utf8))
            let seen = try #require(backend.requests.first)
            #expect(seen["Upgrade"] == "websocket" && seen["Connection"]?.lowercased() == "upgrade")
            #expect(seen["Sec-WebSocket-Key"] == "dGhlIHNhbXBsZSBub25jZQ==" && seen["Sec-WebSocket-Protocol"] == "chat")
            client.close()
            #expect(backend.ending(of: 0) != nil)
            let line = try #require(server.accessLines(1).first)
            #expect(
                line.contains("\"status\":101") && line.contains("\"bytes_in\":4") && line.contains("\"bytes_out\":9"),
                "\(line)")
        }
    }

    @Test func `between plain sockets bytes go straight from one into the other`() async throws {
        let backend = try FakeBackend { _ in
            [.readRequest, .send(Self.switching), .readBytes(4), .send("pong"), .awaitEnd]
        }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            #expect(try client.exchange(get("/health")).status == 200)
            #expect(try await server.connections { $0.shortcut != nil } == 0)
            #expect(try client.exchange(Self.handshake).status == 101)
            client.send("ping")
            #expect(try client.read(4) == Array("pong".utf8))
            #expect(try await server.connections { $0.shortcut != nil } == 2)
            // The backend's is asked for it, and forgets.
            #expect(try await server.connections { $0.hasPassed } >= 1)
        }
    }

    @Test func `what a client sends before the 101 waits for it`() async throws {
        let backend = try FakeBackend { _ in
            [.readRequest, .pause(.milliseconds(200)), .send(Self.switching), .readBytes(4), .send("got"), .awaitEnd]
        }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            client.send(Self.handshake + "ping")
            #expect(try client.response().status == 101)
            #expect(try client.read(3) == Array("got".utf8))
        }
    }

    @Test func `a refused handshake stays HTTP`() async throws {
        let backend = try FakeBackend.answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            #expect(try client.exchange(Self.handshake).status == 403)
            #expect(try client.exchange(get("/api/")).text == "no", "the connection serves on")
        }
    }

    @Test func `the backend's end reaches the client after its last bytes`() async throws {
        for end in [FakeBackend.Step.close, .closeOutput] {
            let backend = try FakeBackend { _ in [.readRequest, .send(Self.switching), .send("bye"), end, .awaitEnd] }
            try await withProxy(backend) { server in
                let client = try RawClient(server.port)
                #expect(try client.exchange(Self.handshake).status == 101)
                let (bytes, ending) = client.readToEnd(within: .seconds(2))
                #expect(bytes == Array("bye".utf8) && ending == .closed)
            }
        }
    }

    @Test(arguments: [false, true])
    func `a backend that closes in order is no failure, whatever the client says then`(isUnix: Bool) async throws {
        let folder = TempFolder()
        let path = folder.path + "/socket"
        let backend = try FakeBackend(unixPath: isUnix ? path : nil) { _ in
            [.readRequest, .send(Self.switching + "bye"), .close]
        }
        try await withProxy(backend, edit: { if isUnix { $0.targets[0].transport = .unix(path: path) } }) { server in
            let client = try RawClient(server.port)
            #expect(try client.exchange(Self.handshake).status == 101)
            let (bytes, ending) = client.readToEnd(within: .seconds(30))
            #expect(bytes == Array("bye".utf8) && ending == .closed)
            client.send("late")
            client.finishSending()
            let line = try #require(server.accessLines(1).first)
            #expect(line.contains("\"reason\":\"ok\"") && !line.contains("\"cause\""), "\(line)")
        }
        withExtendedLifetime(folder) {}
    }

    @Test func `a backend that ended its half still hears the client, and then its end`() async throws {
        let backend = try FakeBackend { _ in
            [.readRequest, .send(Self.switching), .closeOutput, .readBytes(6), .awaitEnd]
        }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            #expect(try client.exchange(Self.handshake).status == 101)
            #expect(client.readToEnd(within: .seconds(2)).ending == .closed)
            client.send("one")
            client.send("two")
            client.finishSending()
            #expect(backend.ending(of: 0) == .closed)
            #expect(backend.looseBytes == Array("onetwo".utf8))
            #expect(server.accessLines(1).first?.contains("\"bytes_in\":6") == true)
        }
    }

    @Test func `the client's end reaches the backend after its last bytes`() async throws {
        let backend = try FakeBackend { _ in
            [.readRequest, .send(Self.switching), .readBytes(300_000), .awaitEnd, .send("answer"), .close]
        }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            #expect(try client.exchange(Self.handshake).status == 101)
            client.send([UInt8](repeating: 0x61, count: 300_000))
            client.finishSending()
            #expect(backend.ending(of: 0) == .closed)
            let (bytes, ending) = client.readToEnd(within: .seconds(2))
            #expect(bytes == Array("answer".utf8) && ending == .closed, "half-closed is not closed")
        }
    }

    @Test func `a client that stays after the backend's end is let go`() async throws {
        let backend = try FakeBackend { _ in [.readRequest, .send(Self.switching), .closeOutput, .awaitEnd] }
        try await withProxy(backend, configure: { $0.server.bodyIdleTimeout = .milliseconds(300) }) { server in
            let client = try RawClient(server.port)
            #expect(try client.exchange(Self.handshake).status == 101)
            #expect(backend.ending(of: 0) != nil, "the backend is let go")
            #expect(server.accessLines(1).first?.contains("\"status\":101") == true, "and it is logged")
        }
    }

    @Test func `a silent stream ends after the idle time`() async throws {
        let backend = try FakeBackend { _ in [.readRequest, .send(Self.switching), .awaitEnd] }
        try await withProxy(backend, edit: { $0.idleTimeout = .milliseconds(300) }) { server in
            let client = try RawClient(server.port)
            #expect(try client.exchange(Self.handshake).status == 101)
            let (bytes, ending) = client.readToEnd(within: .seconds(4))
            #expect(bytes.prefix(4) == [0x88, UInt8(bytes.count - 2), 0x03, 0xE9], "1001, then the end: \(bytes)")
            #expect(ending != .stillOpen, "also for a client that does not answer it")
            #expect(backend.ending(of: 0) != nil)
            #expect(server.accessLines(1).first?.contains("\"reason\":\"idle_timeout\"") == true)
        }
    }

    @Test(arguments: [false, true])
    func `a stream in which one side speaks is not idle`(speaksBackend: Bool) async throws {
        let word: [FakeBackend.Step] = speaksBackend ? [.pause(.milliseconds(100)), .send("x")] : [.readBytes(1)]
        let backend = try FakeBackend { _ in
            [.readRequest, .send(Self.switching)] + (0..<15).flatMap { _ in word } + [.send("end"), .awaitEnd]
        }
        try await withProxy(backend, edit: { $0.idleTimeout = .milliseconds(300) }) { server in
            let client = try RawClient(server.port)
            #expect(try client.exchange(Self.handshake).status == 101)
            if !speaksBackend {
                client.send(String(repeating: "x", count: 15), inPiecesOf: 1, pause: .milliseconds(100))
            }
            #expect(try client.read(speaksBackend ? 18 : 3).suffix(3) == Array("end".utf8)[...])
            client.close()
            #expect(server.accessLines(1).first?.contains("\"bytes_\(speaksBackend ? "out\":18" : "in\":15")") == true)
        }
    }

    @Test func `a broken handshake arrives as plain HTTP`() async throws {
        let seen = try await forwarded(
            get(
                "/api/", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: short"))
        #expect(seen.all("Upgrade").isEmpty && seen.all("Connection").isEmpty)
    }

    @Test(arguments: [
        (get("/api/"), 426), (get("/api/", "Connection: Upgrade", "Upgrade: other"), 426),
        (get("/api/", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 8"), 426),
        (get("/api/", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"), 400),
        (
            get(
                "/api/", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", method: "DELETE"), 400
        ),
    ])
    func `a route for WebSockets alone answers all else itself`(request: String, status: Int) async throws {
        let backend = try FakeBackend { _ in [.readRequest, .send(Self.switching), .awaitEnd] }
        try await withProxy(backend, edit: { $0.protocol = .websocket }) { server in
            let client = try RawClient(server.port)
            let answer = try client.exchange(request)
            #expect(answer.status == status)
            #expect((answer["Sec-WebSocket-Version"] == "13" && answer["Upgrade"] == "websocket") == (status == 426))
            #expect(backend.connectionCount == 0)
            #expect(try client.exchange(Self.handshake).status == 101, "the connection serves on")
        }
    }
}
