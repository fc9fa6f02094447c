// Backends behind a Unix socket.
import PorticoConfig
import PorticoTesting
import Testing

@Suite struct UnixTargetTests {
    private func withSocket(
        hostHeader: HostHeader? = nil, _ script: (@Sendable (Int) -> [FakeBackend.Step])?,
        _ body: (LiveServer, FakeBackend?) throws -> Void
    ) async throws {
        let folder = TempFolder()
        let path = folder.path + "/app.sock"
        let backend = try script.map { try FakeBackend(unixPath: path, $0) }
        defer { backend?.stop() }
        var target = TargetSettings(id: "unix:\(path)", host: "localhost", port: 80)
        target.transport = .unix(path: path)
        try await withProxy(edit: {
            $0.targets = [target]
            $0.hostHeader = hostHeader
        }) { server in
            try body(server, backend)
        }
    }

    @Test func `requests and bodies go over the socket, and it is kept`() async throws {
        try await withSocket({ _ in (0..<10).flatMap { _ in [.readRequest, .answer("hello")] } + [.awaitEnd] }) {
            server, backend in
            let client = try RawClient(server.port)
            for _ in 0..<5 {
                #expect(try client.exchange(get("/api/x", "Content-Length: 3", method: "POST") + "abc").text == "hello")
            }
            #expect(backend?.connectionCount == 1)
            #expect(backend?.requests.allSatisfy { $0.text == "abc" && $0["Host"] == "client.example" } == true)
            #expect(server.accessLines(1).first?.contains("\"target\":\"unix:/") == true)
        }
    }

    @Test func `its own name is localhost`() async throws {
        try await withSocket(hostHeader: .target, { _ in [.readRequest, .answer("x"), .awaitEnd] }) { server, backend in
            _ = try RawClient(server.port).exchange(get("/api/"))
            #expect(backend?.requests.first?["Host"] == "localhost")
        }
    }

    @Test func `a socket that nobody serves is a refusal`() async throws {
        try await withSocket(nil) { server, _ in
            let answer = try RawClient(server.port).exchange(get("/api/"))
            #expect(answer.status == 502)
            #expect(server.accessLines(1).first?.contains("\"reason\":\"connect_refused\"") == true)
        }
    }

    /// With some of the request unread, closing is a reset. The sizes lie around what the kernel holds for a client that does not read: the
    /// rest waits in the proxy, or in the backend's socket, when the end comes.
    @Test(arguments: [300, 940, 980, 1020, 1060, 1100], [false, true])
    func `an answer outlives its backend's connection`(_ chunks: Int, leavesUnread: Bool) async throws {
        let chunk = "1000\r\n" + String(repeating: "x", count: 0x1000) + "\r\n"
        let body = String(repeating: chunk, count: chunks) + "0\r\n\r\n"
        let answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + body
        try await withSocket({ _ in [leavesUnread ? .readHead : .readRequest, .send(answer), .close] }) { server, _ in
            let client = try RawClient(server.port, timeout: .seconds(60), receiveBuffer: 16 << 10)
            client.send(get("/api/", "Connection: close", "Content-Length: 40000", method: "POST"))
            client.send(String(repeating: "y", count: 40_000))
            RawClient.sleep(.milliseconds(300))
            let (bytes, ending) = client.readToEnd()
            #expect(bytes.count > chunks * 0x1000 && ending == .closed)
            #expect(String(decoding: bytes.suffix(5), as: UTF8.self) == "0\r\n\r\n")
        }
    }

    @Test func `a backend that closed the kept connection costs no request`() async throws {
        try await withSocket({ _ in [.readRequest, .answer("once"), .close] }) { server, backend in
            let client = try RawClient(server.port)
            for _ in 0..<20 {
                #expect(try client.exchange(get("/api/", "Content-Length: 0", method: "POST")).text == "once")
                // A POST that meets the close on its way is lost, and rightly so.
                backend?.awaitAllClosed()
            }
            #expect(backend?.connectionCount == 20)
        }
    }
}
