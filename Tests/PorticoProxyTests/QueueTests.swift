// Requests beyond a target's `max_connections` wait, for a while and not too many.
import PorticoConfig
import PorticoCore
import PorticoTesting
import PorticoUpstream
import Testing

@Suite struct QueueTests {
    private func slow(_ milliseconds: Int) throws -> FakeBackend {
        try FakeBackend { _ in [.readRequest, .pause(.milliseconds(milliseconds)), .answer("ok"), .close] }
    }

    @Test func `never more requests at once than the target takes, and all are answered`() async throws {
        let backend = try slow(40)
        try await withProxy(backend, edit: { $0.targets[0].maxConnections = 2 }) { server in
            let port = server.port
            let start = MonotonicTime.now()
            let statuses = try await Crowd.run(10) { _ in try RawClient(port).exchange(get("/api/")).status }
            #expect(statuses == [Int](repeating: 200, count: 10))
            // Five rounds of two.
            #expect(MonotonicTime.now() - start >= .milliseconds(200))
            #expect(server.targets.all.map(\.inFlight) == [0])
        }
    }

    @Test func `a full queue and a long wait are 503, each with its reason`() async throws {
        let backend = try FakeBackend { _ in [.readRequest, .awaitEnd] }
        try await withProxy(
            backend,
            edit: {
                $0.targets[0].maxConnections = 1
                $0.queue.size = 1
                $0.queue.maxWait = .milliseconds(300)
            }
        ) { server in
            let running = try RawClient(server.port)
            running.send(get("/api/"))
            #expect(backend.requests(1).count == 1)
            let waiting = try RawClient(server.port)
            waiting.send(get("/api/"))
            let group = try #require(server.targets.all.first?.group)
            let end = MonotonicTime.now() + .seconds(30)
            while !group.hasWaiting, .now() < end { RawClient.sleep(.milliseconds(2)) }
            let refused = try RawClient(server.port).exchange(get("/api/"))
            #expect(refused.status == 503 && refused["Retry-After"] != nil)
            #expect(try waiting.response().status == 503)
            let lines = server.accessLines(2)
            #expect(lines.contains { $0.contains("\"reason\":\"queue_full\"") })
            #expect(lines.contains { $0.contains("\"reason\":\"queue_timeout\"") })
            #expect(!group.hasWaiting)
        }
    }

    @Test func `a client that leaves the queue makes room in it`() async throws {
        let backend = try FakeBackend { number in
            number == 0
                ? [.readRequest, .pause(.milliseconds(400)), .answer("ok"), .close]
                : [.readRequest, .answer("ok"), .close]
        }
        try await withProxy(
            backend,
            edit: {
                $0.targets[0].maxConnections = 1
                $0.queue.size = 1
            }
        ) { server in
            let running = try RawClient(server.port)
            running.send(get("/api/"))
            #expect(backend.requests(1).count == 1)
            let group = try #require(server.targets.all.first?.group)
            let leaving = try RawClient(server.port)
            leaving.send(get("/api/"))
            let end = MonotonicTime.now() + .seconds(30)
            while !group.hasWaiting, .now() < end { RawClient.sleep(.milliseconds(2)) }
            leaving.reset()
            while group.hasWaiting, .now() < end { RawClient.sleep(.milliseconds(2)) }
            #expect(try RawClient(server.port).exchange(get("/api/")).status == 200)
            #expect(try running.response().status == 200)
        }
    }

    @Test func `those that wait go to a target that comes back`() async throws {
        let stuck = try FakeBackend { _ in [.readRequest, .awaitEnd] }
        let other = try FakeBackend.answering()
        try await withProxy(stuck, other, edit: { $0.targets[0].maxConnections = 1 }) { server in
            let away = try #require(server.targets.all.first { $0.identity.id == "127.0.0.1:\(other.port)" })
            away.setMode(.disabled)
            let running = try RawClient(server.port)
            running.send(get("/api/"))
            #expect(stuck.requests(1).count == 1)
            let waiting = try RawClient(server.port)
            waiting.send(get("/api/"))
            let end = MonotonicTime.now() + .seconds(30)
            while !away.group.hasWaiting, .now() < end { RawClient.sleep(.milliseconds(2)) }
            away.setMode(.enabled)
            #expect(try waiting.response().status == 200)
        }
    }
}
