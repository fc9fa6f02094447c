// What happens while a request's body is on its way: early answers, limits, ends.
import PorticoConfig
import PorticoCore
import PorticoTesting
import PorticoUpstream
import Testing

@Suite struct UploadTests {
    /// The backend answers after the head and closes without reading on: the client gets the answer, not a 502.
    @Test func `an early 413 is relayed and ends the upload`() async throws {
        for end in [FakeBackend.Step.close, .awaitEnd] {
            let backend = try FakeBackend { _ in
                [
                    .readHead, .pause(.milliseconds(100)),
                    .send("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig"), end,
                ]
            }
            try await withProxy(backend) { server in
                for framing in ["Content-Length: 50000000", "Transfer-Encoding: chunked"] {
                    let client = try RawClient(server.port)
                    client.send(get("/api/", framing, method: "POST"))
                    let piece = [UInt8](repeating: 0x61, count: 60_000)
                    for _ in 0..<40 {
                        let chunk = framing.hasPrefix("C") ? piece : Array("ea60\r\n".utf8) + piece + [13, 10]
                        guard client.flood(chunk, times: 1) > 0 else { break }
                    }
                    let answer = try client.response()
                    #expect(answer.status == 413 && answer.text == "big")
                    #expect(answer["Connection"] == "close")
                }
                #expect(
                    server.accessLines(2).allSatisfy {
                        $0.contains("\"status\":413") && $0.contains("\"reason\":\"ok\"")
                    })
            }
        }
    }

    @Test func `an early answer without an end to the upload keeps nothing of it`() async throws {
        let backend = try FakeBackend { connection in
            connection == 0 ? [.readHead, .answer("early"), .awaitEnd] : [.readRequest, .answer("next"), .awaitEnd]
        }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            client.send(get("/api/", "Content-Length: 10", method: "POST") + "12345")
            let answer = try client.response()
            #expect(answer.text == "early" && answer["Connection"] == "close")
            #expect(backend.ending(of: 0) != nil, "half a request stands on the backend's connection")
            client.send("67890" + get("/api/next"))
            #expect(client.isClosed())
            #expect(backend.requests.count == 1)
        }
    }

    @Test func `a body that is too long is refused before it is read`() async throws {
        let backend = try FakeBackend.answering()
        try await withProxy(backend, edit: { $0.maxBodySize = .bytes(10) }) { server in
            let client = try RawClient(server.port)
            client.send(get("/api/", "Content-Length: 11", method: "POST"))
            #expect(try client.response().status == 413)
            #expect(backend.connectionCount == 0)
            let line = try #require(server.accessLines(1).first)
            #expect(line.contains("\"status\":413") && line.contains("\"reason\":\"body_too_large\""))
            #expect(
                try RawClient(server.port).exchange(get("/api/", "Content-Length: 10", method: "POST") + "0123456789")
                    .status == 200)
        }
    }

    @Test func `a chunked body that grows too long is refused`() async throws {
        let backend = try FakeBackend { _ in [.readRequest, .awaitEnd] }
        try await withProxy(backend, edit: { $0.maxBodySize = .bytes(10) }) { server in
            let client = try RawClient(server.port)
            client.send(
                get("/api/", "Transfer-Encoding: chunked", method: "POST") + "8\r\n12345678\r\n8\r\n12345678\r\n")
            #expect(try client.response().status == 413)
            #expect(client.isClosed())
            #expect(backend.ending(of: 0) != nil, "the backend never sees a whole request")
            #expect(server.accessLines(1).first?.contains("\"reason\":\"body_too_large\"") == true)
        }
    }

    @Test func `the route's limit goes before the server's`() async throws {
        let backend = try FakeBackend.answering()
        try await withProxy(
            backend, edit: { $0.maxBodySize = .bytes(0) }, configure: { $0.server.maxBodySize = .bytes(3) }
        ) { server in
            let answer = try RawClient(server.port).exchange(get("/api/", "Content-Length: 4", method: "PUT") + "1234")
            #expect(answer.status == 200)
        }
    }

    /// RFC 9112 §9.6: a client may close its sending half once its request is complete.
    @Test func `half-closing after the request is no abort`() async throws {
        for size in [0, 10, 300_000] {
            let backend = try FakeBackend { _ in
                [.readHead, .pause(.milliseconds(150)), .readBytes(size), .answer("whole"), .awaitEnd]
            }
            try await withProxy(backend) { server in
                let client = try RawClient(server.port)
                client.send(get("/api/", "Content-Length: \(size)", method: "POST"))
                client.send([UInt8](repeating: 0x61, count: size))
                client.finishSending()
                let answer = try client.response()
                #expect(answer.status == 200 && answer.text == "whole", "\(size)")
                #expect(client.isClosed())
            }
        }
    }

    @Test func `a request that breaks off is not passed as whole`() async throws {
        for (framing, body) in [("Content-Length: 10", "half"), ("Transfer-Encoding: chunked", "4\r\nhalf\r\n")] {
            let backend = try FakeBackend { _ in [.readRequest, .answer("x"), .awaitEnd] }
            try await withProxy(backend) { server in
                let client = try RawClient(server.port)
                client.send(get("/api/", framing, method: "POST") + body)
                RawClient.sleep(.milliseconds(50))
                client.finishSending()
                #expect(try client.response().status == 400)
                #expect(backend.ending(of: 0) != nil)
            }
        }
    }

    /// What comes of a body while a dead connection is replaced must not be lost.
    @Test(arguments: ["Content-Length: 2000", "Transfer-Encoding: chunked"])
    func `a slow body survives the change of a stale connection`(_ framing: String) async throws {
        let isChunked = !framing.hasPrefix("C")
        let backend = try FakeBackend { connection in
            connection == 0
                ? [.readRequest, .answer("first"), .readHead, .pause(.milliseconds(30)), .reset]
                : [.readRequest, .answer("second"), .awaitEnd]
        }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            #expect(try client.exchange(get("/api/")).text == "first")
            client.send(get("/api/", framing, method: "PUT"))
            for _ in 0..<200 {
                client.send(isChunked ? "a\r\n0123456789\r\n" : "0123456789")
                RawClient.sleep(.microseconds(400))
            }
            if isChunked { client.send("0\r\n\r\n") }
            #expect(try client.response().text == "second")
            #expect(backend.requests.last?.text == String(repeating: "0123456789", count: 200))
        }
    }

    @Test func `an empty chunked body survives the change of a stale connection`() async throws {
        let backend = try FakeBackend { connection in
            connection == 0
                ? [.readRequest, .answer("first"), .readRequest, .close] : [.readRequest, .answer("second"), .awaitEnd]
        }
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            #expect(try client.exchange(get("/api/")).text == "first")
            client.send(get("/api/", "Transfer-Encoding: chunked", method: "PUT") + "0\r\nX-Sum: 1\r\n\r\n")
            #expect(try client.response().text == "second")
            #expect(backend.requests.last?.text == "X-Sum: 1\r\n")
        }
    }

    @Test func `while uploads are under way, a target's silence is no sign that it is frozen`() async throws {
        let backend = try FakeBackend { _ in [.readRequest, .answer("done"), .awaitEnd] }
        try await withProxy(backend) { server in
            let state = try #require(server.targets.all.first)
            let port = server.port
            let faults = try await Crowd.run(5) { number -> Int in
                guard number > 0 else {
                    return (0..<120).count { _ in
                        RawClient.sleep(.milliseconds(10))
                        return state.standing.contains(.suspected)
                    }
                }
                let client = try RawClient(port, timeout: .seconds(30))
                client.send(get("/api/", "Content-Length: 12", method: "POST"))
                client.send("twelve bytes", inPiecesOf: 1, pause: .milliseconds(100))
                return try client.response().status == 200 ? 0 : 1
            }
            #expect(faults == [0, 0, 0, 0, 0])
        }
    }
}
