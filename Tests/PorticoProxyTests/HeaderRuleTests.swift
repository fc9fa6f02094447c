// `request_headers` and `response_headers`: what each side gets.
import NIOCore
import PorticoConfig
import PorticoTesting
import Testing

@testable import PorticoProxy

@Suite struct HeaderRuleTests {
    private static let rules: HeaderRuleSettings = {
        var rules = HeaderRuleSettings()
        rules.set = [HeaderField(name: "X-Set", value: "ours"), HeaderField(name: "server", value: "edge")]
        rules.add = [HeaderField(name: "X-Add", value: "ours")]
        rules.remove = ["X-Remove", "x-forwarded-for"]
        return rules
    }()

    @Test func `backends get what the rules say`() async throws {
        let seen = try await forwarded(
            get("/api/", "X-Set: a", "x-set: b", "X-Add: theirs", "X-REMOVE: 1", "X-Removed: stays", "X_Remove: stays"),
            edit: { $0.requestHeaders = Self.rules })
        #expect(seen.all("X-Set") == ["ours"] && seen.all("Server") == ["edge"])
        #expect(seen.all("X-Add") == ["theirs", "ours"])
        #expect(seen.all("X-Remove").isEmpty && seen.all("X-Forwarded-For").isEmpty)
        #expect(seen.all("X-Removed") == ["stays"] && seen.all("X_Remove") == ["stays"])
        #expect(seen.all("Host").count == 1 && seen.all("Via").count == 1)
    }

    @Test func `a rule cannot touch how a body is framed`() async throws {
        let backend = try FakeBackend.answering()
        try await withProxy(backend, edit: { $0.requestHeaders = Self.rules }) { server in
            let client = try RawClient(server.port)
            _ = try client.exchange(get("/api/", "Content-Length: 3", "X-Remove: 1", method: "POST") + "abc")
            #expect(try client.exchange(get("/api/")).status == 200)
        }
        #expect(backend.requests.map(\.text) == ["abc", ""])
    }

    @Test func `clients get what the rules say`() async throws {
        let answer = try await relayed(
            "HTTP/1.1 200 OK\r\nServer: theirs\r\nX-Set: theirs\r\nX-Add: theirs\r\nX-Remove: 1\r\nContent-Length: 2\r\n\r\nok",
            edit: { $0.responseHeaders = Self.rules })
        #expect(answer.status == 200 && answer.text == "ok")
        #expect(answer.all("Server") == ["edge"] && answer.all("X-Set") == ["ours"])
        #expect(answer.all("X-Add") == ["theirs", "ours"] && answer.all("X-Remove").isEmpty)
        #expect(answer.all("Content-Length") == ["2"] && answer.all("Date").count == 1)
    }

    @Test func `they hold for upgrades`() async throws {
        let backend = try FakeBackend { _ in
            [
                .readRequest,
                .send(
                    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Remove: 1\r\n"
                        + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"), .awaitEnd,
            ]
        }
        let handshake = get(
            "/api/socket", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "X-Remove: 1")
        try await withProxy(
            backend,
            edit: {
                $0.requestHeaders = Self.rules
                $0.responseHeaders = Self.rules
            }
        ) { server in
            let answer = try RawClient(server.port).exchange(handshake)
            #expect(answer.status == 101 && answer["Upgrade"] == "websocket")
            #expect(answer.all("X-Remove").isEmpty && answer["X-Set"] == "ours")
        }
        let seen = try #require(backend.requests.first)
        #expect(seen.all("X-Remove").isEmpty && seen["Upgrade"] == "websocket" && seen["X-Set"] == "ours")
    }

    @Test func `errors of ours follow them, but not in what they say of a body`() async throws {
        let dead = try refusingPort()
        let backend = try FakeBackend { _ in [] }
        try await withProxy(
            backend,
            edit: {
                $0.targets = [TargetSettings(port: dead)]
                $0.responseHeaders = Self.rules
                $0.responseHeaders.set += [
                    HeaderField(name: "Cache-Control", value: "public, max-age=60"),
                    HeaderField(name: "Content-Type", value: "text/plain"),
                ]
                $0.responseHeaders.remove.append("X-Request-ID")
            }
        ) { server in
            let client = try RawClient(server.port)
            let answer = try client.exchange(get("/api/"))
            #expect(answer.status == 502 && answer["X-Set"] == "ours" && answer["X-Add"] == "ours")
            #expect(answer.all("X-Request-ID").isEmpty)
            #expect(answer["Cache-Control"] == "no-store" && answer["Content-Type"] == "application/json")
            #expect(try client.exchange(get("/elsewhere")).all("X-Set").isEmpty, "the next request has another route")
        }
    }

    /// Lines are dropped in place: whatever is dropped, the others stay as they are.
    @Test func `any lines may go`() throws {
        for mask in 0..<32 {
            var settings = HeaderRuleSettings()
            settings.remove = (0..<5).filter { mask >> $0 & 1 == 1 }.map { "N\($0)" }
            settings.add = [HeaderField(name: "Z", value: "z")]
            var buffer = ByteBuffer(string: "N0: before\r\n")
            let start = buffer.writerIndex
            let lines = (0..<5).map { "n\($0): " + String(repeating: "v", count: $0 * 3) + "\r\n" }
            buffer.writeString(lines.joined())
            try #require(HeaderRules(settings)).apply(to: &buffer, from: start)
            let kept = lines.enumerated().filter { mask >> $0.offset & 1 == 0 }.map(\.element).joined()
            #expect(String(buffer: buffer) == "N0: before\r\n" + kept + "Z: z\r\n")
        }
    }

    @Test func `a route may ask for fields, other requests pass it by`() async throws {
        let backend = try FakeBackend.answering()
        try await withProxy(
            backend,
            edit: {
                $0.headers = [HeaderField(name: "X-Beta", value: "1"), HeaderField(name: "X-Any", value: "*")]
            }
        ) { server in
            let cases: [([String], Int)] = [
                (["x-beta: 1", "X-ANY: q"], 200), (["X-Beta: 0", "X-Beta: 1", "X-Any: "], 200), (["X-Beta: 1"], 404),
                (["X-Beta: 2", "X-Any: q"], 404), (["X-Beta: 10", "X-Any: q"], 404), ([], 404),
            ]
            for (fields, status) in cases {
                let head = fields.map { $0 + "\r\n" }.joined()
                let answer = try RawClient(server.port).exchange("GET /api/x.js HTTP/1.1\r\nHost: a\r\n\(head)\r\n")
                #expect(answer.status == status, "\(fields)")
            }
        }
    }

    @Test func `no rules are no work`() {
        #expect(HeaderRules(HeaderRuleSettings()) == nil)
    }
}
