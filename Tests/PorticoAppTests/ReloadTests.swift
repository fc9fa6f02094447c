// A configuration takes another's place while connections are open: nothing is cut, what did not change is not touched.
import Glibc
import PorticoApp
import PorticoConfig
import PorticoCore
import PorticoTesting
import PorticoUpstream
import Testing

@Suite struct ReloadTests {
    private static func get(_ path: String, _ fields: String...) -> String {
        "GET \(path) HTTP/1.1\r\nHost: client.example\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
    }

    private static func route(_ path: String, to backend: FakeBackend) -> ProxySettings {
        var route = ProxySettings(
            paths: [.prefix(path)],
            targets: [TargetSettings(id: "\(backend.port)", host: "127.0.0.1", port: backend.port, basePath: "")])
        route.pool.idleTimeout = .seconds(60)
        return route
    }

    /// Below the ports that the system hands out, so that no other test gets it meanwhile.
    private static func freePort() -> Int { Int.random(in: 20_000..<30_000) }

    private static func listens(_ port: Int) -> Bool { (try? RawClient(port, timeout: .milliseconds(500))) != nil }

    @Test func `a connection that is open gets the next answer by the new configuration`() async throws {
        let (old, new) = (TempSite(["index.html": "old"]), TempSite(["index.html": "new"]))
        try await withServer(old, old.configuration) { server in
            let client = try RawClient(server.port)
            #expect(try client.exchange(Self.get("/")).text == "old")
            var configuration = old.configuration
            configuration.site.directory = new.configuration.site.directory
            let report = try await server.reload(configuration)
            #expect(report.changed == ["static.directory"])
            #expect(report.afterRestart.isEmpty)
            #expect(try client.exchange(Self.get("/")).text == "new")
            withExtendedLifetime(new) {}
        }
    }

    @Test func `an upgraded connection goes on though its route is gone`() async throws {
        let backend = try FakeBackend { _ in
            [
                .readRequest,
                .send(
                    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"),
                .readBytes(4), .send("pong"), .awaitEnd,
            ]
        }
        defer { backend.stop() }
        let site = TempSite(["index.html": "page"])
        var configuration = site.configuration
        configuration.routes = [Self.route("/api", to: backend)]
        try await withServer(site, configuration) { server in
            let client = try RawClient(server.port)
            let handshake = Self.get(
                "/api/socket", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
            #expect(try client.exchange(handshake).status == 101)
            try await server.reload(site.configuration)
            client.send("ping")
            #expect(try client.read(4) == Array("pong".utf8))
            #expect(try RawClient(server.port).exchange(Self.get("/api/socket")).status == 404)
        }
    }

    @Test func `a request that runs ends by the route it began with`() async throws {
        let backend = try FakeBackend { _ in [.readRequest, .pause(.milliseconds(300)), .answer("late"), .awaitEnd] }
        defer { backend.stop() }
        let site = TempSite()
        var configuration = site.configuration
        configuration.routes = [Self.route("/api", to: backend)]
        try await withServer(site, configuration) { server in
            let client = try RawClient(server.port)
            client.send(Self.get("/api/slow"))
            while backend.requests.isEmpty { usleep(10_000) }
            try await server.reload(site.configuration)
            #expect(try client.response().text == "late")
        }
    }

    @Test func `a route that did not change keeps its backend connection and its counts`() async throws {
        let backend = try FakeBackend { _ in [.readRequest, .answer("1"), .readRequest, .answer("2"), .awaitEnd] }
        let other = try FakeBackend { _ in [.readRequest, .answer("other"), .awaitEnd] }
        defer {
            backend.stop()
            other.stop()
        }
        let site = TempSite()
        var configuration = site.configuration
        configuration.routes = [Self.route("/api", to: backend)]
        try await withServer(site, configuration) { server in
            let client = try RawClient(server.port)
            #expect(try client.exchange(Self.get("/api/1")).text == "1")
            configuration.routes.insert(Self.route("/other", to: other), at: 0)
            try await server.reload(configuration)
            #expect(try client.exchange(Self.get("/api/2")).text == "2")
            #expect(try client.exchange(Self.get("/other/")).text == "other")
            #expect(backend.requests.map(\.connection) == [0, 0])
            let counts = server.targets.all.first { $0.identity.id == "\(backend.port)" }?.status().successes
            #expect(counts == 2)
        }
    }

    @Test func `listeners come and go, those that stay are not touched`() async throws {
        let site = TempSite(["index.html": "page"])
        let port = Self.freePort()
        try await withServer(site, site.configuration) { server in
            let client = try RawClient(server.port)
            #expect(try client.exchange(Self.get("/")).status == 200)
            var configuration = site.configuration
            configuration.server.listen.append(.tcp(host: "127.0.0.1", port: port))
            try await server.reload(configuration)
            let second = try RawClient(port)
            #expect(try second.exchange(Self.get("/")).text == "page")
            try await server.reload(site.configuration)
            // A process that another test is starting may hold the socket for a moment more.
            let end = MonotonicTime.now() + .seconds(30)
            while Self.listens(port), .now() < end { RawClient.sleep(.milliseconds(20)) }
            #expect(!Self.listens(port))
            #expect(try second.exchange(Self.get("/")).text == "page", "its connections end in their own time")
            #expect(try client.exchange(Self.get("/")).text == "page")
        }
    }

    @Test func `a listener that cannot be had leaves everything as it was`() async throws {
        let (site, other) = (TempSite(["index.html": "old"]), TempSite(["index.html": "new"]))
        let taken = try FakeBackend(isDeaf: true) { _ in [] }
        defer { taken.stop() }
        try await withServer(site, site.configuration) { server in
            var configuration = other.configuration
            configuration.server.listen.append(.tcp(host: "127.0.0.1", port: taken.port))
            let report = try? await server.reload(configuration)
            #expect(report == nil)
            let client = try RawClient(server.port)
            #expect(try client.exchange(Self.get("/")).text == "old")
            withExtendedLifetime(other) {}
        }
    }

    @Test func `what holds only after a restart is said`() async throws {
        let site = TempSite(["index.html": "page"])
        try await withServer(site, site.configuration) { server in
            var configuration = site.configuration
            configuration.admin.host = "127.0.0.2"
            configuration.logging.maxRotatedFiles = 3
            configuration.server.keepAliveTimeout = .seconds(5)
            let report = try await server.reload(configuration)
            #expect(Set(report.changed) == ["server.keep_alive_timeout", "logging.max_rotated_files", "admin.host"])
            #expect(report.afterRestart == ["admin.host"])
        }
    }

    @Test func `requests are logged by the new configuration once it holds`() async throws {
        let site = TempSite(["index.html": "page"])
        try await withServer(site, site.configuration) { server in
            let client = try RawClient(server.port)
            _ = try client.exchange(Self.get("/?x-api-key=1"))
            #expect(server.accessLines(1).first?.contains("x-api-key=***") == true)
            var configuration = site.configuration
            configuration.logging.redact = []
            configuration.logging.enableRequestIDs = false
            try await server.reload(configuration)
            _ = try client.exchange(Self.get("/?x-api-key=2"))
            let line = try #require(server.accessLines(2).last)
            #expect(line.contains("x-api-key=2") && !line.contains("request_id"))
        }
    }

    @Test func `bounds of the new configuration hold for what begins after it`() async throws {
        let site = TempSite(["index.html": "page"])
        try await withServer(site, site.configuration) { server in
            var configuration = site.configuration
            configuration.server.maxHeaderSize = .bytes(1024)
            try await server.reload(configuration)
            let long = Self.get("/", "X: " + String(repeating: "x", count: 2000))
            #expect(try RawClient(server.port).exchange(long).status == 431)
        }
    }

    /// The line is the route's, whatever becomes of its targets.
    @Test func `who waits for room is not forgotten where the target that has it is gone`() async throws {
        let backends = try (0..<2).map { _ in
            try FakeBackend { _ in [.readRequest, .pause(.milliseconds(600)), .answer("ok"), .close] }
        }
        defer { for backend in backends { backend.stop() } }
        let site = TempSite()
        var configuration = site.configuration
        var route = Self.route("/api", to: backends[0])
        route.targets.append(
            TargetSettings(id: "second", host: "127.0.0.1", port: backends[1].port, basePath: ""))
        for index in 0..<2 { route.targets[index].maxConnections = 1 }
        configuration.routes = [route]
        try await withServer(site, configuration) { server in
            let running = try (0..<2).map { _ in try RawClient(server.port) }
            for (client, backend) in zip(running, backends) {
                client.send(Self.get("/api/"))
                #expect(backend.requests(1).count == 1)
            }
            configuration.routes[0].targets.removeFirst()
            try await server.reload(configuration)
            let waiting = try (0..<2).map { _ in try RawClient(server.port) }
            for client in waiting { client.send(Self.get("/api/")) }
            for client in running + waiting { #expect(try client.response().text == "ok") }
            #expect(backends.map(\.requests.count) == [1, 3])
        }
    }

    @Test func `a configuration that is refused has changed nothing of any target`() async throws {
        let backend = try FakeBackend { _ in [.readRequest, .answer("ok"), .close] }
        defer { backend.stop() }
        let site = TempSite(["garbage.pem": "no certificate"])
        var configuration = site.configuration
        configuration.routes = [Self.route("/api", to: backend)]
        try await withServer(site, configuration) { server in
            var refused = configuration
            refused.routes[0].targets[0].enabled = false
            refused.routes[0].circuitBreaker = CircuitBreakerSettings()
            var broken = Self.route("/broken", to: backend)
            broken.targets[0].transport = .tls
            broken.tls.caFile = site.files.path + "/garbage.pem"
            refused.routes.append(broken)
            let report = try? await server.reload(refused)
            #expect(report == nil)
            let client = try RawClient(server.port)
            #expect(try client.exchange(Self.get("/api/")).text == "ok")
            #expect(server.targets.all.map(\.mode) == [.enabled])
            #expect(server.targets.all.allSatisfy { $0.status().breaker == nil })
        }
    }

    @Test func `a file that a route names is read again where only the file has changed`() async throws {
        let site = TempSite(["sorry.txt": "first"])
        var configuration = site.configuration
        var route = ProxySettings(
            paths: [.prefix("/api")], targets: [TargetSettings(id: "gone", host: "127.0.0.1", port: 9, basePath: "")])
        route.fallback = FallbackSettings()
        route.fallback?.file = site.files.path + "/sorry.txt"
        configuration.routes = [route]
        try await withServer(site, configuration) { server in
            #expect(try RawClient(server.port).exchange(Self.get("/api/")).text == "first")
            site.files.write("sorry.txt", "another")
            try await server.reload(configuration)
            #expect(try RawClient(server.port).exchange(Self.get("/api/")).text == "another")
        }
    }
}
