// Which fields of a request the backend gets (RFC 9110 §7.6).
import PorticoConfig
import PorticoCore
import PorticoTesting
import Testing

@Suite struct ForwardedFieldsTests {
    @Test func `fields of the client's connection end here`() async throws {
        let seen = try await forwarded(
            get(
                "/api/", "Connection: close, X-Hop", "X-Hop: 1", "Keep-Alive: timeout=5", "Proxy-Connection: close",
                "Proxy-Authorization: Basic x", "Proxy-Authenticate: y", "TE: gzip", "Upgrade: h2c", "X-Stays: 1"))
        for name in [
            "X-Hop", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "Proxy-Authenticate", "TE", "Upgrade",
            "Transfer-Encoding", "Connection",
        ] {
            #expect(seen.all(name).isEmpty, "\(name)")
        }
        #expect(seen["X-Stays"] == "1")
    }

    @Test func `a Connection token removes nothing that carries the message`() async throws {
        let seen = try await forwarded(
            get(
                "/api/", "Connection: Host, Content-Length, X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, Via",
                "Content-Length: 3", method: "POST") + "abc")
        #expect(seen.all("Host") == ["client.example"])
        #expect(seen.all("Content-Length") == ["3"])
        #expect(seen.text == "abc")
        #expect(seen.all("X-Forwarded-For") == ["127.0.0.1"])
        #expect(seen.all("X-Forwarded-Proto") == ["http"])
        #expect(seen.all("X-Forwarded-Host") == ["client.example"])
        #expect(seen.all("Via") == ["1.1 portico"])
    }

    @Test func `TE trailers is kept and named`() async throws {
        let seen = try await forwarded(get("/api/", "TE: gzip, trailers", "Connection: TE"))
        #expect(seen.all("TE") == ["trailers"])
        #expect(seen.all("Connection") == ["TE"])
    }

    @Test func `nobody believes an untrusted client`() async throws {
        let seen = try await forwarded(
            get(
                "/api/", "X-Forwarded-For: 6.6.6.6", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil.example",
                "X-Forwarded-Port: 1", "X-Forwarded-Prefix: /x", "X-Real-IP: 6.6.6.6", "X_Real_IP: 6.6.6.6",
                "Forwarded: for=6.6.6.6", "Via: 1.1 evil", "X-Request-ID: mine",
                "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate: a=b"))
        #expect(seen.all("X-Forwarded-For") == ["127.0.0.1"])
        #expect(seen.all("X-Forwarded-Proto") == ["http"])
        #expect(seen.all("X-Forwarded-Host") == ["client.example"])
        for name in ["Forwarded", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Real-IP", "X_Real_IP"] {
            #expect(seen.all(name).isEmpty, "\(name)")
        }
        #expect(seen.all("Via") == ["1.1 portico"])
        #expect(seen.all("X-Request-ID").map(\.utf8.count) == [16])
        let trace = try #require(seen["traceparent"])
        #expect(trace.utf8.count == 55 && !trace.contains("0af7651916cd43dd8448eb211c80319c"))
        #expect(seen.all("tracestate").isEmpty, "state of a trace that is not continued (W3C §3.4)")
    }

    @Test func `a trusted proxy is believed and continued`() async throws {
        let seen = try await forwarded(
            get(
                "/api/", "X-Forwarded-For: 9.9.9.9", "X-Forwarded-For: 10.0.0.1", "X-Forwarded-Proto: https",
                "X-Forwarded-Host: shop.example", "Via: 1.1 edge", "X-Request-ID: edge-1",
                "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate: a=b"),
            configure: { $0.trustLocalhost() })
        #expect(seen.all("X-Forwarded-For") == ["9.9.9.9, 10.0.0.1, 127.0.0.1"])
        #expect(seen.all("X-Forwarded-Proto") == ["https"])
        #expect(seen.all("X-Forwarded-Host") == ["shop.example"])
        #expect(seen.all("Via") == ["1.1 edge", "1.1 portico"])
        #expect(seen.all("X-Request-ID") == ["edge-1"])
        #expect(seen.all("tracestate") == ["a=b"])
        let trace = try #require(seen["traceparent"])
        #expect(trace.hasPrefix("00-0af7651916cd43dd8448eb211c80319c-") && trace.hasSuffix("-01"))
        #expect(!trace.contains("b7ad6b7169203331"), "the parent is this hop")
    }

    @Test func `the request id is the answer's and the log's`() async throws {
        let backend = try FakeBackend.answering()
        try await withProxy(backend) { server in
            let answer = try RawClient(server.port).exchange(get("/api/"))
            let id = try #require(backend.requests.first?["X-Request-ID"])
            #expect(answer.all("X-Request-ID") == [id])
            #expect(server.accessLines(1).first?.contains("\"request_id\":\"\(id)\"") == true)
        }
    }

    @Test func `an id from a trusted proxy is kept everywhere, a strange one nowhere`() async throws {
        for (sent, isKept) in [("edge-7f3a:1", true), ("a\"b<c>", false)] {
            let backend = try FakeBackend.answering()
            try await withProxy(
                backend, configure: { $0.server.trustedProxies = [IPRange("127.0.0.0/8")!] }
            ) { server in
                let answer = try RawClient(server.port).exchange(get("/api/", "X-Request-ID: \(sent)"))
                let id = try #require(backend.requests.first?["X-Request-ID"])
                #expect((id == sent) == isKept)
                #expect(answer.all("X-Request-ID") == [id])
                #expect(server.accessLines(1).first?.contains("\"request_id\":\"\(id)\"") == true)
            }
        }
    }

    @Test(arguments: ["X_Forwarded_For", "x_forwarded_proto", "X-Forwarded_Host", "X_Request_ID", "Content_Length"])
    func `names that backends take for ours are dropped`(_ name: String) async throws {
        let seen = try await forwarded(get("/api/", "\(name): 6", "A_Name: kept"))
        #expect(seen.all(name).isEmpty)
        #expect(seen.all("A_Name") == ["kept"])
    }

    @Test func `Via says what the client spoke`() async throws {
        #expect(try await forwarded(get("/api/", version: "1.0")).all("Via") == ["1.0 portico"])
    }

    @Test func `an upgrade to HTTP-2 in clear text is not passed on`() async throws {
        let seen = try await forwarded(
            get("/api/", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"))
        #expect(seen.all("Upgrade").isEmpty && seen.all("Connection").isEmpty && seen.all("HTTP2-Settings").isEmpty)
    }

    @Test(arguments: [
        (HostHeader.client, "client.example"), (.literal("app.internal"), "app.internal"), (.target, "TARGET"),
    ])
    func `the Host is the client's, the target's or a text`(_ setting: HostHeader, _ expected: String) async throws {
        let backend = try FakeBackend.answering()
        try await withProxy(backend, edit: { $0.hostHeader = setting }) { server in
            _ = try RawClient(server.port).exchange(get("/api/"))
        }
        let host = expected == "TARGET" ? "127.0.0.1:\(backend.port)" : expected
        #expect(backend.requests.first?.all("Host") == [host])
        #expect(backend.requests.first?["X-Forwarded-Host"] == "client.example")
    }
}
