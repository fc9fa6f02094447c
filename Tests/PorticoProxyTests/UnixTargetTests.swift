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
