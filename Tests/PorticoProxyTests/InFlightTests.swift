// Whatever becomes of a request, its target does not keep it: the sum of what began and what ended is nothing.
import PorticoConfig
import PorticoCore
import PorticoTesting
import PorticoUpstream
import Testing

@Suite struct InFlightTests {
    /// What a backend's connection does, by its number.
    private static let fates: [[FakeBackend.Step]] = [
        [.readRequest, .answer("fine"), .readRequest, .answer("fine"), .close],
        [.close],
        [.readRequest, .close],
        [.readRequest, .reset],
        [.readRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), .close],
        [.readRequest, .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"), .reset],
        [.readRequest, .send("nonsense\r\n\r\n"), .close],
        [.readHead, .send("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"), .close],
        [.readRequest, .send("HTTP/1.1 101 Switching\r\nUpgrade: spdy\r\n\r\nraw"), .close],
        [.readRequest, .send("HTTP/1.1 101 Switching\r\nUpgrade: spdy\r\n\r\nraw"), .awaitEnd],
        [.readRequest, .awaitEnd],
    ]

    private static let requests = [
        get("/api/"), get("/api/", "Content-Length: 3", method: "POST") + "abc",
        get("/api/", "Connection: upgrade", "Upgrade: spdy"),
        get("/api/", "Content-Length: 900", method: "PUT") + "cut",
    ]

    @Test func `after a chaos of outcomes no request is counted as running`() async throws {
        let backend = try FakeBackend { InFlightTests.fates[$0 % InFlightTests.fates.count] }
        let refused = try refusingPort()
        try await withProxy(
            backend,
            edit: {
                $0.targets.append(TargetSettings(port: refused))
                $0.timeout = .milliseconds(300)
                $0.idleTimeout = .milliseconds(300)
            }
        ) { server in
            let port = server.port
            _ = try await Crowd.run(6) { worker in
                for round in 0..<12 {
                    let client = try RawClient(port)
                    client.send(InFlightTests.requests[(worker + round) % InFlightTests.requests.count])
                    if round % 3 == 0 { client.reset() } else { _ = client.readToEnd(within: .milliseconds(100)) }
                    client.close()
                }
            }
            let states = server.targets.all
            #expect(states.count == 2)
            let end = MonotonicTime.now() + .seconds(30)
            while states.contains(where: { $0.inFlight != 0 }), .now() < end { RawClient.sleep(.milliseconds(10)) }
            #expect(states.map(\.inFlight) == [0, 0])
            #expect(states.contains { $0.status().failures > 0 })
        }
    }
}
