// Clients that leave: the backend is let go at once, and the log says who left.
import PorticoTesting
import Testing

@Suite struct ClientGoneTests {
    @Test func `a client that resets while it waits is a 499`() async throws {
        let backend = try FakeBackend { _ in [.readRequest, .awaitEnd] }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            client.send(get("/api/"))
            #expect(backend.requests(1).count == 1)
            client.reset()
            #expect(backend.ending(of: 0) != nil, "at once")
            let line = try #require(server.accessLines(1).first)
            #expect(line.contains("\"status\":499") && line.contains("\"reason\":\"client_gone\""), "\(line)")
            #expect(line.contains("\"target\":\"127.0.0.1:\(backend.port)\"") && line.contains("\"attempts\":1"))
        }
    }

    @Test func `a client that resets during its upload is a 499`() async throws {
        let backend = try FakeBackend { _ in [.readHead, .awaitEnd] }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            client.send(get("/api/", "Content-Length: 1000", method: "POST") + "some")
            #expect(backend.requests(1).count == 1)
            client.reset()
            #expect(backend.ending(of: 0) != nil)
            #expect(server.accessLines(1).first?.contains("\"status\":499") == true, "\(server.accessLines(1))")
        }
    }

    @Test func `a client that resets during the answer stops the backend`() async throws {
        let backend = try FakeBackend { _ in
            [.readRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome"), .awaitEnd]
        }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            client.send(get("/api/"))
            _ = try client.read(20)
            client.reset()
            #expect(backend.ending(of: 0) != nil)
            #expect(server.accessLines(1).first?.contains("\"reason\":\"client_gone\"") == true)
        }
    }

    @Test func `a client that leaves while connecting costs nothing`() async throws {
        let backend = try FakeBackend.answering()
        try await withProxy(backend) { server in
            for _ in 0..<50 {
                let client = try RawClient(server.port)
                client.send(get("/api/"))
                client.reset()
            }
            #expect(try RawClient(server.port).exchange(get("/api/")).status == 200)
            #expect(server.accessLines(2).allSatisfy { $0.contains("\"status\":499") || $0.contains("\"status\":200") })
        }
    }
}
