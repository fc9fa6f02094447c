// Large bodies of plain connections, most of whose bytes pass from socket to socket: every one arrives, in order, however slowly
// the client takes them, and what follows on both connections is right.
import PorticoConfig
import PorticoTesting
import Testing

@Suite struct RelayedBodyTests {
    /// Lines that are counted: a piece that is missing, doubled or out of order shows.
    private static let text: String = {
        var bytes: [UInt8] = []
        for line in 0..<(500 << 10) {
            bytes += "0000000".utf8.dropLast(String(line).utf8.count) + Array(String(line).utf8) + [0x0A]
        }
        return String(decoding: bytes, as: UTF8.self)
    }()
    private static let head = "HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n"

    private static func backend() throws -> FakeBackend {
        try FakeBackend { _ in
            (0..<10).flatMap { _ in [.readRequest, .send(head), .send(text)] } + [.awaitEnd]
        }
    }

    @Test func `it comes whole, and both connections serve the next request`() async throws {
        let backend = try Self.backend()
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            for _ in 0..<3 {
                client.send(get("/api/"))
                try client.awaitBytes(Self.text.utf8.count)
                let isSame = try client.response().text == Self.text
                #expect(isSame)
            }
            #expect(backend.connectionCount == 1)
            let lines = server.accessLines(3)
            #expect(lines.count == 3)
            for line in lines { #expect(line.contains("\"bytes_out\":\(Self.text.utf8.count)"), "\(line)") }
        }
    }

    @Test func `a client that takes little at a time gets the same`() async throws {
        let backend = try Self.backend()
        try await withProxy(backend) { server in
            let client = try RawClient(server.port, receiveBuffer: 16 << 10)
            client.send(get("/api/", "Connection: close"))
            #expect(backend.requests(1).count == 1)
            // By now it waits on all sides, or soon will: either way what comes must be the same.
            RawClient.sleep(.milliseconds(300))
            let (bytes, ending) = client.readToEnd()
            let isSame = String(decoding: bytes, as: UTF8.self).hasSuffix("\r\n\r\n" + Self.text)
            #expect(isSame && ending == .closed, "\(bytes.count) bytes")
        }
    }

    /// More of them than there are pipes.
    @Test func `so do forty of them at a time`() async throws {
        let backend = try Self.backend()
        try await withProxy(backend) { server in
            let clients = try (0..<40).map { _ in
                try RawClient(server.port, timeout: .seconds(60), receiveBuffer: 16 << 10)
            }
            for client in clients { client.send(get("/api/", "Connection: close")) }
            #expect(backend.requests(40).count == 40)
            RawClient.sleep(.milliseconds(300))
            for client in clients {
                let (bytes, ending) = client.readToEnd()
                let isSame = String(decoding: bytes, as: UTF8.self).hasSuffix("\r\n\r\n" + Self.text)
                #expect(isSame && ending == .closed, "\(bytes.count) bytes")
            }
        }
    }

    @Test func `from a Unix socket too`() async throws {
        let folder = TempFolder()
        let path = folder.path + "/app.sock"
        let backend = try FakeBackend(unixPath: path) { _ in
            [.readRequest, .send(Self.head), .send(Self.text), .awaitEnd]
        }
        defer { backend.stop() }
        var target = TargetSettings(id: "unix:\(path)", host: "localhost", port: 80)
        target.transport = .unix(path: path)
        try await withProxy(edit: { $0.targets = [target] }) { server in
            let client = try RawClient(server.port)
            client.send(get("/api/"))
            try client.awaitBytes(Self.text.utf8.count)
            let isSame = try client.response().text == Self.text
            #expect(isSame)
        }
    }

    @Test func `a backend that breaks off in it breaks off the client`() async throws {
        let part = String(Self.text.prefix(3 << 20))
        for last in [FakeBackend.Step.close, .reset] {
            let backend = try FakeBackend { _ in [.readRequest, .send(Self.head), .send(part), last] }
            try await withProxy(backend) { server in
                let client = try RawClient(server.port, receiveBuffer: 16 << 10)
                client.send(get("/api/"))
                let (bytes, ending) = client.readToEnd()
                #expect(bytes.count < Self.text.utf8.count && ending == .reset)
                let line = try #require(server.accessLines(1).first)
                #expect(
                    line.contains("\"reason\":\"truncated_body\"") || line.contains("\"reason\":\"upstream_reset\""),
                    "\(line)")
            }
        }
    }

    @Test func `a client that leaves in it lets the backend go`() async throws {
        let size = 100 << 20
        let head = "HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n"
        let backend = try FakeBackend { _ in [.readRequest, .send(head), .sendMany(size), .awaitEnd] }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port, receiveBuffer: 16 << 10)
            client.send(get("/api/"))
            try client.awaitBytes(1 << 20)
            client.reset()
            #expect(backend.ending(of: 0) != nil)
            #expect(server.accessLines(1).first?.contains("\"reason\":\"client_gone\"") == true)
        }
    }
}
