// A client stays with its target, as long as that target takes requests.
import PorticoConfig
import PorticoCore
import PorticoTesting
import PorticoUpstream
import Testing

@testable import PorticoProxy

@Suite struct StickyTests {
    /// The `name=value` of the answer's cookie.
    private func cookie(_ answer: RawResponse) throws -> String {
        String(try #require(answer["Set-Cookie"]).prefix { $0 != ";" })
    }

    private func withTrio(
        edit: (inout ProxySettings) -> Void = { _ in }, configure: (inout Configuration) -> Void = { _ in },
        _ body: (LiveServer) throws -> Void
    ) async throws {
        let backends = try (0..<3).map { number in
            try FakeBackend.answering("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(number)")
        }
        try await withProxy(
            backends[0], backends[1], backends[2],
            edit: {
                $0.sticky.enabled = true
                edit(&$0)
            }, configure: configure
        ) { try body($0) }
    }

    @Test func `the first answer brings a cookie, and its target answers from then on`() async throws {
        try await withTrio { server in
            let client = try RawClient(server.port)
            for _ in 0..<3 {
                let first = try client.exchange(get("/api/"))
                let line = try #require(first["Set-Cookie"])
                #expect(line.hasPrefix("portico=") && line.hasSuffix("; Path=/api; HttpOnly; SameSite=Lax"), "\(line)")
                #expect(!line.contains("127.0.0.1"))
                let cookie = try cookie(first)
                for _ in 0..<5 {
                    let next = try client.exchange(get("/api/x", "Cookie: a=b; \(cookie); c=d"))
                    #expect(next.text == first.text)
                    #expect(next["Set-Cookie"] == nil)
                }
            }
        }
    }

    @Test func `a foreign, broken or stale cookie is replaced`() async throws {
        try await withTrio { server in
            let client = try RawClient(server.port)
            for value in ["", "x", String(repeating: "0", count: 32), String(repeating: "g", count: 32)] {
                #expect(try client.exchange(get("/api/", "Cookie: portico=\(value)"))["Set-Cookie"] != nil, "\(value)")
            }
            let other = try cookie(client.exchange(get("/api/"))).replacing("portico=", with: "other=")
            #expect(try client.exchange(get("/api/", "Cookie: \(other)"))["Set-Cookie"] != nil)
        }
    }

    @Test func `a client whose target is gone gets another, and stays there`() async throws {
        try await withTrio { server in
            let client = try RawClient(server.port)
            let first = try client.exchange(get("/api/"))
            let gone = try #require(Int(first.text))
            let cookie = try cookie(first)
            let states = server.targets.all
            let ids = Set(states.map(\.identity.id))
            #expect(ids.count == 3)
            // Targets stand in the registry by id; which one answered is told by the access line.
            let line = try #require(server.accessLines(1).first)
            let state = try #require(states.first { line.contains("\"target\":\"\($0.identity.id)\"") })
            state.setMode(.draining)
            let second = try client.exchange(get("/api/", "Cookie: \(cookie)"))
            #expect(second.status == 200 && second.text != "\(gone)")
            let next = try self.cookie(second)
            for _ in 0..<4 { #expect(try client.exchange(get("/api/", "Cookie: \(next)")).text == second.text) }
        }
    }

    @Test func `a secret makes the same cookies in every process, another one does not`() async throws {
        var seen: [String] = []
        let backend = try FakeBackend.answering()
        defer { backend.stop() }
        for secret in ["one secret of many", "one secret of many", "and quite another", nil, nil] {
            var route = ProxySettings(paths: [.any], targets: [TargetSettings(port: backend.port)])
            route.sticky.enabled = true
            route.sticky.secret = secret
            route.sticky.cookie = "shop"
            route.sticky.ttl = .seconds(3600)
            var configuration = Configuration()
            configuration.routes = [route]
            try await withServer(TempSite(), configuration) { server in
                let line = try #require(try RawClient(server.port).exchange(get("/"))["Set-Cookie"])
                #expect(line.hasPrefix("shop=") && line.hasSuffix("; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600"))
                seen.append(String(line.prefix { $0 != ";" }))
            }
        }
        #expect(seen[0] == seen[1] && Set(seen).count == 4)
    }

    @Test func `a secret from a file is the secret`() async throws {
        let folder = TempFolder()
        folder.write("secret", "kept in a file, with a line end\n")
        #expect(SecretFile.read(folder.path + "/secret") == Array("kept in a file, with a line end".utf8))
        #expect(SecretFile.read(folder.path + "/none") == nil)
    }

    @Test func `a WebSocket goes where its cookie says`() async throws {
        let raw = "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"
        let backends = try (0..<2).map { number in
            try FakeBackend { _ in [.readRequest, .send(raw + "\(number)"), .awaitEnd] }
        }
        try await withProxy(backends[0], backends[1], edit: { $0.sticky.enabled = true }) { server in
            func open(_ fields: String...) throws -> (cookie: String?, target: String) {
                let client = try RawClient(server.port)
                client.send(
                    "GET /api/ HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                        + fields.map { $0 + "\r\n" }.joined() + "\r\n")
                let answer = try client.response()
                #expect(answer.status == 101)
                return (
                    answer["Set-Cookie"].map { String($0.prefix { $0 != ";" }) },
                    String(decoding: try client.read(1), as: UTF8.self)
                )
            }
            let first = try open()
            let cookie = try #require(first.cookie)
            for _ in 0..<4 {
                let next = try open("Cookie: \(cookie)")
                #expect(next.target == first.target && next.cookie == nil)
            }
        }
    }
}
