// `Expect: 100-continue` (RFC 9110 §10.1.1): the backend decides whether the body is sent.
import PorticoTesting
import Testing

@Suite struct ContinueTests {
    private let head = get("/api/", "Content-Length: 4", "Expect: 100-continue", method: "POST")

    @Test func `the backend's 100 lets the body come`() async throws {
        let backend = try FakeBackend { _ in
            [
                .readHead, .pause(.milliseconds(100)), .send("HTTP/1.1 100 Continue\r\n\r\n"), .readBytes(4),
                .answer("done"), .awaitEnd,
            ]
        }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            client.send(head)
            #expect(try client.response().status == 100)
            #expect(backend.requests.first?["Expect"] == "100-continue")
            client.send("body")
            let answer = try client.response()
            #expect(answer.status == 200 && answer.text == "done")
        }
    }

    @Test(arguments: [413, 417, 401]) func `a final answer comes without a 100`(_ status: Int) async throws {
        let backend = try FakeBackend { _ in
            [.readHead, .send("HTTP/1.1 \(status) No\r\nContent-Length: 2\r\n\r\nno"), .awaitEnd]
        }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            client.send(head)
            let answer = try client.response()
            #expect(answer.status == status && answer.text == "no")
            #expect(answer["Connection"] == "close", "what follows might be the body or a request")
            #expect(client.isClosed())
            #expect(backend.ending(of: 0) != nil, "half a request stands on the backend's connection")
        }
    }

    @Test func `a body that does not wait is forwarded all the same`() async throws {
        let backend = try FakeBackend { _ in
            [.readRequest, .send("HTTP/1.1 100 Continue\r\n\r\n"), .answer("done"), .awaitEnd]
        }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            client.send(head + "body")
            var answer = try client.response()
            if answer.status == 100 { answer = try client.response() }
            #expect(answer.text == "done")
            #expect(backend.requests.first?.text == "body")
        }
    }
}
