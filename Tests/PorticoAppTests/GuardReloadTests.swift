// What a reload leaves of what is known of a target.
import PorticoApp
import PorticoConfig
import PorticoCore
import PorticoTesting
import PorticoUpstream
import Testing

@Suite struct GuardReloadTests {
    private static let request = "GET /api/ HTTP/1.1\r\nHost: a\r\n\r\n"

    /// A route to a backend that fails, behind a breaker that two failures open for long.
    private static func configuration(_ site: TempSite, _ backend: FakeBackend) -> Configuration {
        var route = ProxySettings(
            paths: [.prefix("/api")],
            targets: [TargetSettings(id: "one", host: "127.0.0.1", port: backend.port, basePath: "")])
        var breaker = CircuitBreakerSettings()
        breaker.failureThreshold = 2
        breaker.timeoutDuration = .seconds(3600)
        route.circuitBreaker = breaker
        var configuration = site.configuration
        configuration.routes = [route]
        return configuration
    }

    private static func failing() throws -> FakeBackend {
        try FakeBackend.answering("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n")
    }

    @Test func `an open breaker and its counts survive a reload that changes other keys of its route`() async throws {
        let backend = try Self.failing()
        defer { backend.stop() }
        let site = TempSite()
        var configuration = Self.configuration(site, backend)
        try await withServer(site, configuration) { server in
            for status in [500, 500, 503] {
                #expect(try RawClient(server.port).exchange(Self.request).status == status)
            }
            let state = try #require(server.targets.all.first)
            let before = state.status()
            #expect(before.breaker?.openings == 1 && before.failures == 2)
            configuration.routes[0].timeout = .seconds(7)
            configuration.routes[0].strategy = .leastConnections
            configuration.routes[0].retries.attempts = 1
            try await server.reload(configuration)
            #expect(server.targets.all.first === state)
            let after = state.status()
            #expect(after.breaker?.state == before.breaker?.state && after.breaker?.since == before.breaker?.since)
            #expect(after.breaker?.openings == 1 && after.breaker?.consecutiveFailures == 2)
            #expect(after.failures == 2 && after.lastError == "status 500")
            #expect(try RawClient(server.port).exchange(Self.request).status == 503, "still open")
            #expect(backend.requests.count == 2)
        }
    }

    @Test func `failures that are not enough yet go on counting after a reload`() async throws {
        let backend = try Self.failing()
        defer { backend.stop() }
        let site = TempSite()
        var configuration = Self.configuration(site, backend)
        try await withServer(site, configuration) { server in
            #expect(try RawClient(server.port).exchange(Self.request).status == 500)
            configuration.routes[0].timeout = .seconds(7)
            try await server.reload(configuration)
            #expect(try RawClient(server.port).exchange(Self.request).status == 500)
            #expect(try RawClient(server.port).exchange(Self.request).status == 503)
        }
    }

    @Test func `a breaker that was changed itself, or a target that moved, starts closed`() async throws {
        let backend = try Self.failing()
        let second = try FakeBackend.answering()
        defer {
            backend.stop()
            second.stop()
        }
        let site = TempSite()
        var configuration = Self.configuration(site, backend)
        try await withServer(site, configuration) { server in
            for status in [500, 500, 503] {
                #expect(try RawClient(server.port).exchange(Self.request).status == status)
            }
            configuration.routes[0].circuitBreaker?.failureThreshold = 3
            try await server.reload(configuration)
            for status in [500, 500, 500, 503] {
                #expect(try RawClient(server.port).exchange(Self.request).status == status)
            }
            configuration.routes[0].targets[0].port = second.port
            try await server.reload(configuration)
            #expect(try RawClient(server.port).exchange(Self.request).status == 200)
            #expect(server.targets.all.count == 1 && server.targets.all.first?.status().breaker?.openings == 0)
        }
    }

    @Test func `an operator's word and a health check's verdict survive a reload`() async throws {
        let backend = try FakeBackend.answering()
        defer { backend.stop() }
        let site = TempSite()
        var configuration = Self.configuration(site, backend)
        try await withServer(site, configuration) { server in
            let state = try #require(server.targets.all.first)
            state.setMode(.disabled)
            configuration.routes[0].timeout = .seconds(7)
            try await server.reload(configuration)
            #expect(state.mode == .disabled && state.status().modeChanges == 1)
            #expect(try RawClient(server.port).exchange(Self.request).status == 503)
            state.setMode(.enabled)
            #expect(try RawClient(server.port).exchange(Self.request).status == 200)
        }
    }
}
