// WebSockets that Portico ends: both sides get a Close between two frames, and nothing behind it.
import PorticoConfig
import PorticoTesting
import PorticoUpstream
import Synchronization
import Testing

@Suite struct WebSocketCloseTests {
    static let handshake = get(
        "/api/socket", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
    static let switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"

    /// A Close with its code, as the client gets it.
    private static func isClose(_ bytes: some Collection<UInt8>, code: UInt16) -> Bool {
        let bytes = Array(bytes)
        return bytes.count >= 4 && bytes[0] == 0x88 && Int(bytes[1]) == bytes.count - 2
            && bytes[2] == UInt8(code >> 8) && bytes[3] == UInt8(code & 0xFF)
    }

    /// The client may see its end before the backend's thread has read its own.
    private static func gotClose(_ backend: FakeBackend, code: UInt16) -> Bool {
        GuardedTargetTests.holds { isMaskedClose(backend.looseBytes, code: code) }
    }

    /// A Close as the backend gets it, masked.
    private static func isMaskedClose(_ bytes: [UInt8], code: UInt16) -> Bool {
        guard bytes.count >= 8, bytes[1] & 0x80 != 0 else { return false }
        let payload = bytes[6...].enumerated().map { $0.element ^ bytes[2 + $0.offset % 4] }
        return isClose([bytes[0], bytes[1] & 0x7F] + payload, code: code)
    }

    /// A server of its own, to be stopped by the test.
    private static func server(before backend: FakeBackend) async throws -> LiveServer {
        var configuration = Configuration()
        configuration.routes = [ProxySettings(paths: [.prefix("/api")], targets: [TargetSettings(port: backend.port)])]
        configuration.server.shutdownTimeout = .seconds(5)
        return try await LiveServer.start(configuration)
    }

    private final class Progress: Sendable {
        let isOpen = Atomic(false)
    }

    /// Opens a WebSocket, lets the server stop once `count` bytes of frames are here, answers the Close. Says what came
    /// from then on. The client has a thread of its own: it blocks.
    private static func framesOfStop(_ server: LiveServer, after count: Int) async throws -> [UInt8] {
        let port = server.port
        let progress = Progress()
        return try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask {
                try await Crowd.run(1) { _ in
                    // The stop waits its turn among all the tests that run.
                    let client = try RawClient(port, timeout: .seconds(60))
                    #expect(try client.exchange(handshake).status == 101)
                    _ = try client.read(count)
                    progress.isOpen.store(true, ordering: .releasing)
                    var bytes = try client.read(1)
                    while bytes.suffix(18) != Array("server is stopping".utf8)[...] { bytes += try client.read(1) }
                    client.send([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE9])
                    return bytes + client.readToEnd(within: .seconds(2)).bytes
                }[0]
            }
            while !progress.isOpen.load(ordering: .acquiring) { try await Task.sleep(for: .milliseconds(5)) }
            await server.stop()
            return try await group.next()!
        }
    }

    @Test func `a server that stops says Close to both sides`() async throws {
        let backend = try FakeBackend { _ in [.readRequest, .send(Self.switching), .readBytes(26), .close] }
        defer { backend.stop() }
        let server = try await Self.server(before: backend)
        let bytes = try await Self.framesOfStop(server, after: 0)
        #expect(bytes.count == 22 && Self.isClose(bytes, code: 1001), "nothing behind a Close: \(bytes)")
        #expect(Self.gotClose(backend, code: 1001), "\(backend.looseBytes)")
        #expect(server.accessLines(1).first?.contains("\"reason\":\"server_stopping\"") == true)
    }

    @Test func `a target that drains says Close to its WebSockets, while others and requests go on`() async throws {
        let drained = try FakeBackend { number in
            number == 0
                ? [.readRequest, .send(Self.switching), .readBytes(26), .close]
                : [.readRequest, .answer("done"), .awaitEnd]
        }
        let other = try FakeBackend { _ in
            [.readRequest, .send(Self.switching), .readBytes(4), .send("\u{01}\u{02}hi"), .awaitEnd]
        }
        try await withProxy(drained, other) { server in
            // In their turn the targets get a stream each, and the first one a request that does not end yet.
            let going = try RawClient(server.port, timeout: .seconds(30))
            let staying = try RawClient(server.port, timeout: .seconds(30))
            let asking = try RawClient(server.port, timeout: .seconds(30))
            #expect(try going.exchange(Self.handshake).status == 101)
            #expect(try staying.exchange(Self.handshake).status == 101)
            asking.send(get("/api/", "Content-Length: 4", method: "POST"))
            let state = try #require(server.targets.all.first { $0.identity.id == "127.0.0.1:\(drained.port)" })
            #expect(GuardedTargetTests.holds { state.inFlight == 2 })
            state.setMode(.draining)
            let bytes = try going.read(22)
            #expect(Self.isClose(bytes, code: 1001) && bytes.suffix(18) == Array("target is draining".utf8)[...])
            going.send([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE9])
            #expect(going.readToEnd(within: .seconds(30)).bytes.isEmpty)
            #expect(Self.gotClose(drained, code: 1001), "\(drained.looseBytes)")
            #expect(GuardedTargetTests.holds { state.inFlight == 1 }, "the request runs")
            #expect(server.accessLines(1).first?.contains("\"reason\":\"target_draining\"") == true)
            asking.send("body")
            #expect(try asking.response().text == "done")
            staying.send("ping")
            #expect(try staying.read(4) == [0x01, 0x02] + Array("hi".utf8))
        }
    }

    @Test(arguments: [false, true])
    func `a frame under way is passed to its end before the Close`(comesWithHead: Bool) async throws {
        let begin = "\u{01}\u{0A}01234"
        let opening: [FakeBackend.Step] =
            comesWithHead
            ? [.send(Self.switching + begin)] : [.send(Self.switching), .pause(.milliseconds(200)), .send(begin)]
        let backend = try FakeBackend { _ in
            [.readRequest] + opening + [.readBytes(26), .send("56789\u{01}\u{03}not"), .awaitEnd]
        }
        defer { backend.stop() }
        let bytes = try await Self.framesOfStop(Self.server(before: backend), after: 7)
        #expect(bytes.prefix(5) == Array("56789".utf8)[...])
        #expect(bytes.count == 27 && Self.isClose(bytes.dropFirst(5), code: 1001), "\(bytes)")
    }

    @Test func `a client's frame under way is passed to its end, and nothing behind our Close`() async throws {
        let backend = try FakeBackend { _ in [.readRequest, .send(Self.switching), .readBytes(8), .readBytes(1000)] }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port, timeout: .seconds(30))
            #expect(try client.exchange(Self.handshake).status == 101)
            client.send([0x82, 0x85, 0, 0, 0, 0] + Array("he".utf8))
            #expect(GuardedTargetTests.holds { backend.looseBytes.count == 8 })
            try #require(server.targets.all.first).setMode(.draining)
            #expect(Self.isClose(try client.read(22), code: 1001))
            client.send(Array("llo".utf8) + [0x82, 0x80, 0, 0, 0, 0])
            client.send([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE9])
            _ = client.readToEnd(within: .seconds(30))
            #expect(GuardedTargetTests.holds { backend.looseBytes.count > 11 })
            let (frame, rest) = (backend.looseBytes.prefix(11), Array(backend.looseBytes.dropFirst(11)))
            #expect(frame.suffix(5) == Array("hello".utf8)[...])
            #expect(rest.count == 26 && Self.isMaskedClose(rest, code: 1001), "\(rest)")
        }
    }

    @Test func `a backend that resets between frames costs the client its socket with 1011`() async throws {
        let backend = try FakeBackend { _ in
            [.readRequest, .send(Self.switching + "\u{01}\u{02}hi"), .readBytes(1), .reset]
        }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            #expect(try client.exchange(Self.handshake).status == 101)
            #expect(try client.read(4) == [0x01, 0x02] + Array("hi".utf8))
            client.send("x")
            let (bytes, ending) = client.readToEnd(within: .seconds(4))
            #expect(Self.isClose(bytes, code: 1011), "\(bytes)")
            #expect(ending != .stillOpen)
            #expect(server.accessLines(1).first?.contains("\"reason\":\"upstream_reset\"") == true)
        }
    }

    @Test func `a backend that resets within a frame cuts the client`() async throws {
        let backend = try FakeBackend { _ in
            [
                .readRequest, .send(Self.switching), .pause(.milliseconds(100)), .send("\u{01}\u{0A}hi"), .readBytes(1),
                .reset,
            ]
        }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            #expect(try client.exchange(Self.handshake).status == 101)
            _ = try client.read(4)
            client.send("x")
            let (bytes, ending) = client.readToEnd(within: .seconds(1))
            #expect(bytes.isEmpty && ending == .reset)
            let line = try #require(server.accessLines(1).first)
            #expect(line.contains("\"bytes_in\":1") && line.contains("\"bytes_out\":4"), "\(line)")
        }
    }

    @Test func `a Close of the backend's own is the only one`() async throws {
        let backend = try FakeBackend { _ in
            [.readRequest, .send(Self.switching + "\u{08}\u{00}"), .readBytes(1), .reset]
        }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            #expect(try client.exchange(Self.handshake).status == 101)
            #expect(try client.read(2) == [0x08, 0x00])
            client.send("x")
            #expect(client.readToEnd(within: .seconds(4)).bytes.isEmpty)
        }
    }
}
