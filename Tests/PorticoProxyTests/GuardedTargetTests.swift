// Targets that die and come back: what checks and breakers make of them, seen by clients.
import PorticoConfig
import PorticoCore
import PorticoTesting
import PorticoUpstream
import Testing

@Suite struct GuardedTargetTests {
    /// Waits until the condition holds; false where it does not within half a minute.
    static func holds(_ condition: () -> Bool) -> Bool {
        let end = MonotonicTime.now() + .seconds(30)
        while !condition() {
            guard MonotonicTime.now() < end else { return false }
            RawClient.sleep(.milliseconds(5))
        }
        return true
    }

    private static func breaker(_ edit: (inout CircuitBreakerSettings) -> Void = { _ in }) -> CircuitBreakerSettings {
        var settings = CircuitBreakerSettings()
        settings.failureThreshold = 3
        settings.timeoutDuration = .milliseconds(400)
        settings.successThreshold = 2
        edit(&settings)
        return settings
    }

    private static func check(_ edit: (inout HealthCheckSettings) -> Void = { _ in }) -> HealthCheckSettings {
        var check = HealthCheckSettings()
        check.path = "/up"
        check.interval = .milliseconds(100)
        check.timeout = .milliseconds(500)
        check.healthyThreshold = 1
        check.unhealthyThreshold = 2
        edit(&check)
        return check
    }

    private static func states(_ server: LiveServer) -> [TargetState] { server.targets.all }

    // MARK: Breaker

    @Test func `a breaker opens after failures, answers at once, and closes again after probes`() async throws {
        let well = AtomicFlag(false)
        let backend = try FakeBackend { _ in
            (0..<50).flatMap { _ in
                [
                    FakeBackend.Step.readRequest,
                    .choose {
                        well.value
                            ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                            : "HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno"
                    },
                ]
            }
        }
        try await withProxy(backend, edit: { $0.circuitBreaker = Self.breaker() }) { server in
            let client = try RawClient(server.port)
            for _ in 0..<3 { #expect(try client.exchange(get("/api/")).status == 500) }
            let refused = try client.exchange(get("/api/"))
            #expect(refused.status == 503)
            #expect(refused["Retry-After"] == "1")
            #expect(backend.requests.count == 3)
            let state = try #require(Self.states(server).first)
            #expect(state.standing == .open)
            #expect(state.status().breaker?.openings == 1)

            // A probe that fails reopens it; probes that succeed close it.
            #expect(Self.holds { state.standing == .probing })
            #expect(try client.exchange(get("/api/")).status == 500)
            #expect(try client.exchange(get("/api/")).status == 503)
            well.value = true
            #expect(Self.holds { state.standing == .probing })
            for _ in 0..<4 { #expect(try client.exchange(get("/api/")).status == 200) }
            #expect(state.standing == [])
            #expect(state.status().breaker?.state == .closed)
        }
    }

    @Test func `a half-open breaker lets one probe through at a time`() async throws {
        let backend = try FakeBackend { number in
            number < 3
                ? [.readRequest, .close] : [.readRequest, .pause(.milliseconds(400)), .answer("slow"), .awaitEnd]
        }
        try await withProxy(backend, edit: { $0.circuitBreaker = Self.breaker() }) { server in
            let port = server.port
            for _ in 0..<3 { #expect(try RawClient(port).exchange(get("/api/", method: "POST")).status == 502) }
            let state = try #require(Self.states(server).first)
            #expect(Self.holds { state.standing == .probing })
            let statuses = try await Crowd.run(6) { _ in try RawClient(port).exchange(get("/api/")).status }
            #expect(statuses.sorted() == [200, 503, 503, 503, 503, 503])
            #expect(backend.requests.count == 4)
        }
    }

    @Test func `4xx answers and clients that leave open no breaker`() async throws {
        let backend = try FakeBackend { number in
            number < 6
                ? [.readRequest, .send("HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), .close]
                : [.readRequest, .awaitEnd]
        }
        try await withProxy(backend, edit: { $0.circuitBreaker = Self.breaker() }) { server in
            for _ in 0..<6 { #expect(try RawClient(server.port).exchange(get("/api/")).status == 404) }
            for number in 6..<12 {
                let client = try RawClient(server.port)
                client.send(get("/api/"))
                _ = backend.requests(number + 1)
                client.reset()
                _ = backend.ending(of: number)
            }
            let state = try #require(Self.states(server).first)
            #expect(Self.holds { state.inFlight == 0 })
            #expect(state.standing == [])
            #expect(state.status().breaker?.consecutiveFailures == 0)
        }
    }

    @Test func `refused connections open the breaker and requests go elsewhere`() async throws {
        let dead = try refusingPort()
        let backend = try FakeBackend.answering()
        try await withProxy(
            backend,
            edit: {
                $0.targets.insert(TargetSettings(port: dead), at: 0)
                $0.circuitBreaker = Self.breaker { $0.timeoutDuration = .seconds(60) }
            }
        ) { server in
            for _ in 0..<20 { #expect(try RawClient(server.port).exchange(get("/api/")).status == 200) }
            let state = try #require(Self.states(server).first { $0.identity.id == "127.0.0.1:\(dead)" })
            #expect(state.standing == .open)
            #expect(state.status().failures == 3)
        }
    }

    // MARK: Health

    @Test func `a target whose check fails gets no requests until it passes again`() async throws {
        let well = AtomicFlag(true)
        let sick = try FakeBackend { _ in
            (0..<200).flatMap { _ in
                [
                    FakeBackend.Step.readRequest,
                    .choose { "HTTP/1.1 \(well.value ? 200 : 503) X\r\nContent-Length: 4\r\n\r\nsick" },
                ]
            }
        }
        let other = try FakeBackend.answering("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell")
        try await withProxy(sick, other, edit: { $0.healthCheck = Self.check() }) { server in
            let states = Self.states(server)
            #expect(Self.holds { states.allSatisfy { $0.health == .up } })
            let state = try #require(states.first { $0.identity.id == "127.0.0.1:\(sick.port)" })
            well.value = false
            #expect(Self.holds { state.health == .down })
            #expect(state.status().lastCheckFailure == "status 503")
            for _ in 0..<6 {
                let answer = try RawClient(server.port).exchange(get("/api/"))
                #expect(answer.text.hasSuffix("well"))
            }
            well.value = true
            #expect(Self.holds { state.health == .up })
            let bodies = try (0..<6).map { _ in try RawClient(server.port).exchange(get("/api/")).text.suffix(4) }
            #expect(Set(bodies) == ["sick", "well"])
            #expect(sick.requests.contains { $0.target == "/up" && $0["User-Agent"] == "portico-health" })
        }
    }

    /// What a backend does, and what its check says.
    private static let verdicts: [(FakeBackend.Step, HealthCheckSettings, TargetHealth)] = [
        (.send("HTTP/1.1 204 No\r\n\r\n"), check(), .up),
        (.send("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"), check(), .down),
        (
            .send("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"), check { $0.expectStatus = [StatusRange(404...404)] },
            .up
        ),
        (.answer("all fine"), check { $0.expectBody = "fine" }, .up),
        (.answer("all bad"), check { $0.expectBody = "fine" }, .down),
        (
            .send("HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\n\r\n" + String(repeating: "x", count: 70_000)),
            check { $0.expectBody = "fine" }, .down
        ),
        (.send("nonsense\r\n\r\n"), check(), .down),
        (.close, check(), .down),
        (.awaitEnd, check { $0.timeout = .milliseconds(50) }, .down),
        (
            .send("HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n\u{0A}\u{00}"),
            check { $0.type = .websocket }, .up
        ),
        (.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), check { $0.type = .websocket }, .down),
        // Frames of other kinds, and then the pong; a Close; nothing at all.
        (
            .send("HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n\u{01}\u{02}hi\u{0A}\u{00}"),
            check { $0.type = .websocket }, .up
        ),
        (
            .send("HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n\u{08}\u{00}"),
            check { $0.type = .websocket }, .down
        ),
        (
            .send("HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"),
            check {
                $0.type = .websocket
                $0.timeout = .milliseconds(50)
            }, .down
        ),
    ]

    @Test(arguments: 0..<verdicts.count)
    func `a check judges what the backend does`(index: Int) async throws {
        let (step, check, verdict) = Self.verdicts[index]
        let backend = try FakeBackend { _ in [.readRequest, step, .awaitEnd] }
        try await withProxy(backend, edit: { $0.healthCheck = check }) { server in
            let state = try #require(Self.states(server).first)
            #expect(Self.holds { state.health == verdict }, "\(state.status())")
        }
    }

    @Test func `a TCP check is content with a connection, and down when nobody listens`() async throws {
        let dead = try refusingPort()
        let backend = try FakeBackend { _ in [.awaitEnd] }
        try await withProxy(
            backend,
            edit: {
                $0.targets.append(TargetSettings(port: dead))
                $0.healthCheck = Self.check { $0.type = .tcp }
            }
        ) { server in
            let states = Self.states(server)
            #expect(
                Self.holds {
                    states.allSatisfy { $0.health == ($0.identity.id == "127.0.0.1:\(dead)" ? .down : .up) }
                })
        }
    }

    /// What it accepts is taken, but never answered: a connection that is kept would carry the later checks.
    @Test func `each check opens a connection of its own, over HTTP/2 too`() async throws {
        let backend = try FakeBackend { _ in [.awaitEnd] }
        let check = Self.check { $0.timeout = .milliseconds(50) }
        try await withProxy(
            backend,
            edit: {
                $0.protocol = .h2c
                $0.healthCheck = check
            }
        ) { server in
            let state = try #require(Self.states(server).first)
            #expect(Self.holds { state.status().checks >= 4 && backend.connectionCount >= 4 })
        }
    }

    @Test func `requests are answered before the first verdict`() async throws {
        let backend = try FakeBackend { _ in [.readHead, .answer("ok"), .awaitEnd] }
        let check = Self.check {
            $0.port = 1
            $0.unhealthyThreshold = 1_000
        }
        try await withProxy(backend, edit: { $0.healthCheck = check }) { server in
            let answer = try RawClient(server.port).exchange(get("/api/"))
            #expect(answer.status == 200)
            #expect(Self.states(server).first?.health == .unknown)
        }
    }

    // MARK: Fallback

    @Test func `the fallback answers where no target can`() async throws {
        let dead = try refusingPort()
        try await withProxy(
            edit: {
                $0.targets = [TargetSettings(port: dead)]
                $0.fallback = FallbackSettings()
                $0.fallback?.status = 200
                $0.fallback?.body = #"{"later":true}"#
                $0.fallback?.headers = [FieldSetting(name: "X-Fallback", value: "1")]
            }
        ) { server in
            let answer = try RawClient(server.port).exchange(get("/api/"))
            #expect(answer.status == 200 && answer.text.hasSuffix(#"{"later":true}"#))
            #expect(answer["X-Fallback"] == "1" && answer["Content-Type"] == "application/json")
            #expect(answer["Retry-After"] == "5")
            let lines = server.accessLines(1)
            #expect(lines.first?.contains(#""reason":"connect_refused""#) == true)
        }
    }

    @Test func `a fallback without a body says it as the client likes`() async throws {
        let dead = try refusingPort()
        try await withProxy(
            edit: {
                $0.targets = [TargetSettings(port: dead)]
                $0.fallback = FallbackSettings()
            }
        ) { server in
            let json = try RawClient(server.port).exchange(get("/api/"))
            #expect(json.status == 503 && json["Content-Type"] == "application/json" && json["Retry-After"] == "5")
            let html = try RawClient(server.port).exchange(get("/api/", "Accept: text/html"))
            #expect(html["Content-Type"] == "text/html; charset=utf-8")
        }
    }

    // MARK: Draining

    @Test func `a draining target ends what it has and gets nothing new`() async throws {
        let backend = try FakeBackend { _ in
            (0..<3).flatMap { _ in [FakeBackend.Step.readRequest, .pause(.milliseconds(300)), .answer("done")] }
        }
        try await withProxy(backend) { server in
            let running = try RawClient(server.port)
            running.send(get("/api/"))
            _ = backend.requests(1)
            let state = try #require(Self.states(server).first)
            state.setMode(.draining)
            #expect(state.inFlight == 1)
            #expect(try RawClient(server.port).exchange(get("/api/")).status == 503)
            #expect(try running.response().status == 200)
            #expect(Self.holds { state.inFlight == 0 })
            state.setMode(.enabled)
            #expect(try RawClient(server.port).exchange(get("/api/")).status == 200)
        }
    }

    @Test func `changes of a target are logged`() async throws {
        let dead = try refusingPort()
        try await withProxy(
            edit: {
                $0.targets = [TargetSettings(port: dead)]
                $0.healthCheck = Self.check()
            }
        ) { server in
            let line = server.line { $0.contains("target health changed") }
            #expect(line?.contains(#""to":"down""#) == true)
            #expect(line?.contains(#""from":"unknown""#) == true)
            let cause = "connect_refused: 127.0.0.1:\(dead): connection refused"
            #expect(line?.contains("\"reason\":\"\(cause)\"") == true)
            #expect(line?.contains(#""target":"127.0.0.1:\#(dead)""#) == true)
        }
    }
}
