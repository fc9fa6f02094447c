// What is tried again, where, and what never is.
import PorticoConfig
import PorticoCore
import PorticoTesting
import PorticoUpstream
import Testing

@Suite struct RetryTests {
    private static let unavailable = "HTTP/1.1 503 No\r\nContent-Length: 4\r\n\r\nbusy"

    /// Each request meets the first target first: a failing one, then one that works.
    private func withPair(
        _ failing: [FakeBackend.Step], edit: (inout ProxySettings) -> Void = { _ in },
        _ body: (LiveServer, FakeBackend, FakeBackend) throws -> Void
    ) async throws {
        let one = try FakeBackend { _ in failing }
        let two = try FakeBackend.answering()
        try await withProxy(
            one, two,
            edit: {
                $0.targets[1].backup = true
                edit(&$0)
            }
        ) { server in try body(server, one, two) }
    }

    @Test(
        arguments: [
            [.readRequest, .close], [.readRequest, .reset], [.readRequest, .send("HTTP/1.1 200 O"), .close],
            [.readRequest, .send(RetryTests.unavailable), .close],
        ] as [[FakeBackend.Step]])
    func `what has no answer yet is asked elsewhere`(failing: [FakeBackend.Step]) async throws {
        try await withPair(failing) { server, one, two in
            let answer = try RawClient(server.port).exchange(get("/api/", "Content-Length: 3", method: "PUT") + "abc")
            #expect(answer.status == 200)
            #expect(one.requests(1).map(\.text) == ["abc"] && two.requests(1).map(\.text) == ["abc"])
            let line = try #require(server.accessLines(1).first)
            #expect(line.contains("\"attempts\":2") && line.contains("\"reason\":\"ok\""))
            #expect(server.targets.all.map(\.inFlight) == [0, 0])
        }
    }

    @Test(
        arguments: [
            [.readRequest, .close], [.readRequest, .reset], [.readRequest, .send(RetryTests.unavailable), .close],
        ] as [[FakeBackend.Step]])
    func `what may not be sent twice is not`(failing: [FakeBackend.Step]) async throws {
        try await withPair(failing) { server, one, two in
            let answer = try RawClient(server.port).exchange(get("/api/", "Content-Length: 3", method: "POST") + "abc")
            #expect([502, 503].contains(answer.status))
            #expect(one.requests(1).count == 1 && two.requests.isEmpty)
        }
    }

    @Test func `a body too large to keep is sent once`() async throws {
        try await withPair([.readHead, .readBytes(90_000), .close]) { server, _, two in
            let body = String(repeating: "x", count: 90_000)
            let answer = try RawClient(server.port).exchange(
                get("/api/", "Content-Length: 90000", method: "PUT") + body)
            #expect(answer.status == 502)
            #expect(two.requests.isEmpty)
        }
    }

    @Test func `once an interim answer was passed on, the target is kept`() async throws {
        let early = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        try await withPair([.readRequest, .send(early), .pause(.milliseconds(50)), .close]) { server, _, two in
            let client = try RawClient(server.port)
            #expect(try client.exchange(get("/api/")).status == 103)
            #expect(try client.response().status == 502)
            #expect(two.requests.isEmpty)
        }
    }

    @Test func `what is not listed is passed on as it came`() async throws {
        try await withPair([.readRequest, .send(Self.unavailable), .close], edit: { $0.retries.on = [.connect] }) {
            server, _, two in
            let answer = try RawClient(server.port).exchange(get("/api/"))
            #expect(answer.status == 503 && answer.text == "busy")
            #expect(two.requests.isEmpty)
        }
    }

    @Test func `where all targets fail the client gets the last answer`() async throws {
        let backends = try (0..<3).map { _ in
            try FakeBackend { _ in [.readRequest, .send(Self.unavailable), .close] }
        }
        try await withProxy(backends[0], backends[1], backends[2]) { server in
            let answer = try RawClient(server.port).exchange(get("/api/"))
            #expect(answer.status == 503 && answer.text == "busy")
            #expect(backends.map { $0.requests.count } == [1, 1, 1])
            #expect(server.accessLines(1).first?.contains("\"attempts\":3") == true)
        }
    }

    @Test func `a head that does not come is asked elsewhere where the route says so`() async throws {
        try await withPair(
            [.readRequest, .awaitEnd],
            edit: {
                $0.timeout = .milliseconds(200)
                $0.retries.on = [.timeout]
            }
        ) { server, _, _ in
            let answer = try RawClient(server.port).exchange(get("/api/"))
            #expect(answer.status == 200)
        }
    }

    @Test func `the budget bounds what a dead target costs`() async throws {
        let failing = try FakeBackend { _ in [.readRequest, .pause(.milliseconds(100)), .close] }
        let slow = try FakeBackend { _ in [.readRequest, .pause(.milliseconds(1500)), .answer("late"), .close] }
        try await withProxy(failing, slow, edit: { $0.targets[1].backup = true }) { server in
            let port = server.port
            let statuses = try await Crowd.run(12) { _ in try RawClient(port).exchange(get("/api/")).status }
            // Three at a time, and a fifth of twelve is less.
            #expect(statuses.filter { $0 == 200 }.count == 3)
            #expect(statuses.filter { $0 == 502 }.count == 9)
            #expect(slow.requests.count == 3)
        }
    }

    /// A stream that began with a retry may last for hours.
    @Test func `an answer that has begun gives the budget back`() async throws {
        let failing = try FakeBackend { _ in [.readRequest, .close] }
        let streaming = try FakeBackend { _ in
            [.readRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegun"), .awaitEnd]
        }
        try await withProxy(
            failing, streaming,
            edit: {
                $0.targets[1].backup = true
                $0.retries.budget = 0
            }
        ) { server in
            var clients: [RawClient] = []
            for _ in 0..<8 {
                let client = try RawClient(server.port)
                client.send(get("/api/"))
                #expect(try client.read(12) == Array("HTTP/1.1 200".utf8))
                clients.append(client)
            }
        }
    }
}

@Suite struct MarkedDownTests {
    @Test func `requests that wait on a target marked down move at once, those that may not stay`() async throws {
        let stuck = try FakeBackend { _ in [.readRequest, .awaitEnd] }
        let fine = try FakeBackend.answering()
        try await withProxy(stuck, fine, edit: { $0.targets[1].backup = true }) { server in
            let waiting = try RawClient(server.port)
            waiting.send(get("/api/"))
            let unsafe = try RawClient(server.port, timeout: .milliseconds(300))
            unsafe.send(get("/api/", "Content-Length: 2", method: "POST") + "ab")
            #expect(stuck.requests(2).count == 2)
            let target = try #require(server.targets.all.first { $0.identity.id == "127.0.0.1:\(stuck.port)" })
            #expect(target.inFlight == 2)
            target.setHealth(.down)
            #expect(try waiting.response().status == 200)
            #expect(throws: (any Error).self) { try unsafe.response() }
            #expect(target.inFlight == 1 && fine.requests.count == 1)
        }
    }

    @Test func `a request that a later answer overtook does not hide a freeze`() async throws {
        let isFrozen = AtomicFlag(false)
        let moody = try FakeBackend { number in
            number == 0 || isFrozen.value ? [.readRequest, .awaitEnd] : [.readRequest, .answer("ok"), .close]
        }
        let fine = try FakeBackend { _ in [.readRequest, .answer("fine"), .close] }
        let slowest = Duration.seconds(6)
        try await withProxy(
            moody, fine,
            edit: {
                $0.timeout = slowest
                $0.retries.attempts = 0
            }
        ) { server in
            let port = server.port
            let overtaken = try RawClient(port, timeout: slowest * 5)
            overtaken.send(get("/api/"))
            #expect(moody.requests(1).count == 1)
            for _ in 0..<6 { #expect(try RawClient(port).exchange(get("/api/")).status == 200) }
            isFrozen.value = true
            let answers = try await Crowd.run(8) { _ in
                try RawClient(port, timeout: slowest * 5).exchange(get("/api/")).text
            }
            #expect(answers.allSatisfy { $0 == "fine" }, "\(answers)")
        }
    }

    @Test func `a frozen target is suspected, what waits there moves, and it is trusted again when it answers`()
        async throws
    {
        let isFrozen = AtomicFlag(false)
        // Its first answers come, then none until it thaws.
        let moody = try FakeBackend { number in
            number < 3
                ? [.readRequest, .answer("ok"), .close]
                : isFrozen.value ? [.readRequest, .awaitEnd] : [.readRequest, .answer("thawed"), .close]
        }
        let fine = try FakeBackend { _ in [.readRequest, .answer("fine"), .close] }
        try await withProxy(moody, fine, edit: { $0.timeout = .seconds(300) }) { server in
            let port = server.port
            for _ in 0..<6 { #expect(try RawClient(port).exchange(get("/api/")).status == 200) }
            isFrozen.value = true
            let answers = try await Crowd.run(8) { _ in
                try RawClient(port, timeout: .seconds(60)).exchange(get("/api/")).text
            }
            #expect(answers.allSatisfy { $0 == "fine" })
            let target = try #require(server.targets.all.first { $0.identity.id == "127.0.0.1:\(moody.port)" })
            #expect(target.standing.contains(.suspected))
            isFrozen.value = false
            let end = MonotonicTime.now() + .seconds(30)
            var seen = false
            while !seen, .now() < end {
                seen = try RawClient(port).exchange(get("/api/")).text == "thawed"
                RawClient.sleep(.milliseconds(20))
            }
            #expect(seen && target.standing == [])
        }
    }
}
