// Bodies both ways, in every framing (RFC 9112 §6).
import PorticoTesting
import Testing

@Suite struct BodyTests {
    @Test func `a chunked request stays chunked, trailers and all`() async throws {
        let seen = try await forwarded(
            get("/api/", "Transfer-Encoding: chunked", method: "POST")
                + "5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n")
        #expect(seen.all("Transfer-Encoding") == ["chunked"])
        #expect(seen.all("Content-Length").isEmpty)
        #expect(seen.text == "hello worldX-Sum: 1\r\n")
    }

    @Test func `an empty chunked request ends`() async throws {
        let seen = try await forwarded(get("/api/", "Transfer-Encoding: chunked", method: "PUT") + "0\r\n\r\n")
        #expect(seen.all("Transfer-Encoding") == ["chunked"] && seen.text == "")
    }

    @Test(arguments: ["POST", "PUT", "PATCH"]) func `no body is said to be none`(_ method: String) async throws {
        #expect(try await forwarded(get("/api/", method: method)).all("Content-Length") == ["0"])
    }

    @Test func `a GET may have a body`() async throws {
        #expect(try await forwarded(get("/api/", "Content-Length: 3") + "abc").text == "abc")
    }

    @Test func `a chunked answer stays chunked`() async throws {
        let answer = try await relayed(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
        #expect(answer.isChunked && answer.text == "hello world" && answer.trailers == "")
    }

    @Test func `trailers go to clients that take them`() async throws {
        let response =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 7\r\n\r\n"
        #expect(try await relayed(response, to: get("/api/", "TE: trailers", "Connection: TE")).trailers == "X-Sum: 7")
        let plain = try await relayed(response)
        #expect(plain.trailers == "" && plain.text == "ok")
    }

    @Test func `an answer that ends with its connection is whole`() async throws {
        for version in ["1.0", "1.1"] {
            let backend = try FakeBackend { _ in
                [
                    .readRequest, .send("HTTP/\(version) 200 OK\r\n\r\nsome"), .pause(.milliseconds(50)),
                    .send(" more"), .close,
                ]
            }
            try await withProxy(backend) { server in
                let client = try RawClient(server.port)
                for _ in 0..<2 {
                    let answer = try client.exchange(get("/api/"))
                    #expect(answer.isChunked && answer.text == "some more")
                }
                let old = try RawClient(server.port)
                old.send(get("/api/", version: "1.0"))
                let (bytes, ending) = old.readToEnd()
                #expect(String(decoding: bytes, as: UTF8.self).hasSuffix("\r\n\r\nsome more") && ending == .closed)
            }
        }
    }

    @Test func `a chunked answer to a client of 1-0 ends with the connection`() async throws {
        let backend = try FakeBackend.answering(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            client.send(get("/api/", "Connection: keep-alive", version: "1.0"))
            let (bytes, ending) = client.readToEnd()
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(text.hasSuffix("\r\n\r\nok") && !text.contains("chunked") && ending == .closed)
        }
    }

    @Test func `a backend of 1-0 that keeps its connection is kept`() async throws {
        let backend = try FakeBackend.answering(
            "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok")
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            for _ in 0..<3 { #expect(try client.exchange(get("/api/")).text == "ok") }
            #expect(backend.connectionCount == 1)
        }
    }

    /// A backend's body where none belongs never reaches the client, nor the next answer.
    @Test(arguments: [
        ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", 200),
        ("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nevil\r\n0\r\n\r\n", 200),
        ("GET", "HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nevil", 204),
        ("GET", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nevil\r\n0\r\n\r\n", 204),
        ("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nevil", 304),
    ])
    func `what has no body gets none`(_ method: String, _ response: String, _ status: Int) async throws {
        let cut = try #require(response.range(ofEmptyLine: ()))
        // With the body in the same piece, and late.
        for isLate in [false, true] {
            let backend = try FakeBackend { connection in
                guard connection == 0 else { return [.readRequest, .answer("next"), .awaitEnd] }
                let pieces: [FakeBackend.Step] =
                    isLate
                    ? [.send(String(response[..<cut])), .pause(.milliseconds(50)), .send(String(response[cut...]))]
                    : [.send(response)]
                return [.readRequest] + pieces + [.awaitEnd]
            }
            try await withProxy(backend) { server in
                let client = try RawClient(server.port)
                let answer = try client.exchange(get("/api/", method: method))
                #expect(answer.status == status)
                #expect(status != 204 || (answer["Content-Length"] == nil && answer["Transfer-Encoding"] == nil))
                RawClient.sleep(.milliseconds(isLate ? 150 : 0))
                let next = try client.exchange(get("/api/"))
                #expect(next.status == 200 && next.text == "next")
                #expect(client.readToEnd(within: .milliseconds(50)).bytes.isEmpty)
            }
        }
    }

    @Test func `HEAD keeps the length that GET has`() async throws {
        let answer = try await relayed(
            "HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n", to: get("/api/", method: "HEAD"))
        #expect(answer["Content-Length"] == "77")
    }

    @Test func `bodies of any size come through unchanged`() async throws {
        for size in [0, 1, 16_383, 16_384, 16_385, 65_536, 1_000_003] {
            let backend = try FakeBackend { _ in
                [.readRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n"), .sendMany(size), .awaitEnd]
            }
            let body = [UInt8]((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) })
            try await withProxy(backend) { server in
                let client = try RawClient(server.port)
                client.send(get("/api/", "Content-Length: \(size)", method: "POST"))
                client.send(body)
                let answer = try client.response()
                #expect(answer.body.count == size)
                #expect(backend.requests.first?.body == body)
            }
        }
    }
}

extension String {
    /// Where the body begins.
    fileprivate func range(ofEmptyLine: Void) -> String.Index? {
        guard let end = Array(utf8).firstIndex(of: "\r\n\r\n", from: 0) else { return nil }
        return utf8.index(utf8.startIndex, offsetBy: end + 4)
    }
}
