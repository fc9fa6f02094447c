// Backends that break the protocol, go away or say nothing: the client sees an error or a cut, never a clean wrong answer.
import PorticoConfig
import PorticoTesting
import Testing

@Suite struct BrokenBackendTests {
    @Test(arguments: [
        ("", "upstream_reset"), ("HTTP/1.1 200 OK\r\nContent-Le", "truncated_body"),
        ("garbage\r\n\r\n", "invalid_response"),
        ("HTTP/2 200 OK\r\n\r\n", "invalid_response"), ("HTTP/1.1 999 X\r\n\r\n", "invalid_response"),
        ("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "invalid_response"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "invalid_response"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "invalid_response"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "invalid_response"),
        ("HTTP/1.1 200 OK\r\nBad Name: 1\r\n\r\n", "invalid_response"),
        ("HTTP/1.1 200 OK\nA: b\n\n", "invalid_response"),
        ("HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n", "invalid_response"),
        ("HTTP/1.1 100 Continue\r\n\r\n", "truncated_body"),
    ])
    func `what is no answer is a 502`(_ response: String, _ reason: String) async throws {
        let backend = try FakeBackend { _ in [.readRequest, .send(response), .close] }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            let answer = try client.exchange(get("/api/"))
            #expect(answer.status == 502)
            #expect(answer["Connection"] == nil, "the client's connection is not at fault")
            #expect(
                server.accessLines(1).first?.contains("\"reason\":\"\(reason)\"") == true, "\(server.accessLines(1))")
        }
    }

    @Test func `a head without an end is a 502`() async throws {
        for head in ["HTTP/1.1 200 OK\r\nA: ", "HTTP/1.1 200 ", "HTTP/1.1 200 OK\r\n"] {
            let backend = try FakeBackend { _ in [.readRequest, .send(head), .sendMany(80 << 10), .awaitEnd] }
            try await withProxy(backend) { server in
                let answer = try RawClient(server.port).exchange(get("/api/"))
                #expect(answer.status == 502)
            }
        }
    }

    /// The start of an answer and how it breaks off.
    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\nX-Sum: 1",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nno size\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalfway\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\nhalf\n0\n\n",
    ])
    func `a cut answer is seen to be cut`(_ response: String) async throws {
        for end in [FakeBackend.Step.close, .reset] {
            let backend = try FakeBackend { _ in [.readRequest, .send(response), .pause(.milliseconds(50)), end] }
            try await withProxy(backend) { server in
                for version in ["1.1", "1.0"] {
                    let client = try RawClient(server.port)
                    client.send(get("/api/", version: version))
                    let (bytes, ending) = client.readToEnd(within: .seconds(2))
                    #expect(ending == .reset, "HTTP/\(version)")
                    #expect(!bytes.contains("\r\n0\r\n"))
                }
                let line = try #require(server.accessLines(1).first)
                #expect(
                    line.contains("\"reason\":\"truncated_body\"") || line.contains("\"reason\":\"upstream_reset\""))
            }
        }
    }

    @Test func `a reset ends an answer of unknown length with a cut`() async throws {
        let backend = try FakeBackend { _ in
            [.readRequest, .send("HTTP/1.0 200 OK\r\n\r\nhalf"), .pause(.milliseconds(50)), .reset]
        }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            client.send(get("/api/"))
            let (bytes, ending) = client.readToEnd(within: .seconds(2))
            #expect(ending == .reset && !bytes.contains("\r\n0\r\n"))
        }
    }

    @Test func `bytes after an answer are not taken for the next`() async throws {
        let backend = try FakeBackend { connection in
            connection == 0
                ? [
                    .readRequest,
                    .send(
                        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
                    ), .awaitEnd,
                ]
                : [.readRequest, .answer("good"), .awaitEnd]
        }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            #expect(try client.exchange(get("/api/")).text == "ok")
            #expect(try client.exchange(get("/api/")).text == "good")
        }
    }
}
