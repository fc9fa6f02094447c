// Orders to targets over the admin listener, while requests run.
import PorticoConfig
import PorticoCore
import PorticoTesting
import PorticoUpstream
import Testing

@Suite struct TargetOrderTests {
    private static let request = "GET /api/ HTTP/1.1\r\nHost: a\r\n\r\n"

    private static func holds(_ condition: () -> Bool) -> Bool {
        let end = MonotonicTime.now() + .seconds(30)
        while !condition() {
            guard MonotonicTime.now() < end else { return false }
            RawClient.sleep(.milliseconds(5))
        }
        return true
    }

    @Test func `targets are drained, disabled and enabled under load, and no request is lost`() async throws {
        let backends = try ["a", "b"].map {
            try FakeBackend.answering("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\($0)")
        }
        defer { for backend in backends { backend.stop() } }
        var configuration = Configuration()
        configuration.routes = [
            ProxySettings(
                paths: [.prefix("/api")],
                targets: zip(["a", "b"], backends).map { TargetSettings(id: $0, host: "127.0.0.1", port: $1.port) })
        ]
        configuration.admin.port = 0
        try await withServer(TempSite(), configuration) { server in
            let (port, admin) = (server.port, try #require(server.adminPort))
            let states = server.targets.all
            let isOver = AtomicFlag(false)
            let answers = try await Crowd.run(7) { number -> [String: Int] in
                if number == 6 {
                    defer { isOver.value = true }
                    try Self.order(states, admin)
                    return [:]
                }
                let client = try RawClient(port, timeout: .seconds(60))
                var answers: [String: Int] = [:]
                while !isOver.value {
                    let answer = try client.exchange(Self.request)
                    answers["\(answer.status) \(answer.text)", default: 0] += 1
                }
                return answers
            }
            #expect(Set(answers.flatMap(\.keys)) == ["200 a", "200 b"])
            let total = answers.reduce(0) { $0 + $1.values.reduce(0, +) }
            #expect(states.reduce(0) { $0 + $1.status().successes } == total)
            #expect(states.map { $0.status().modeChanges } == [4, 2])
            let said = try RawClient(admin).exchange(
                "GET /targets HTTP/1.1\r\nHost: 127.0.0.1:\(admin)\r\n\r\n")
            #expect(said.text.contains(#""mode_changes": 4"#) && said.text.contains(#""mode_changes": 2"#))
            let line = server.line { $0.contains("target mode changed") && $0.contains(#""to":"disabled""#) }
            #expect(line?.contains(#""target":"b""#) == true && line?.contains(#""reason":"operator""#) == true)
        }
    }

    /// Takes `a`, `b` and `a` out and brings them back.
    private static func order(_ states: [TargetState], _ admin: Int) throws {
        for (index, order) in [(0, "drain"), (1, "disable"), (0, "drain")] {
            let (state, other) = (states[index], states[1 - index])
            try tell(admin, state.identity.id, order)
            #expect(holds { state.inFlight == 0 }, "what runs there ends")
            let (count, others) = (state.status().successes, other.status().successes)
            #expect(holds { other.status().successes >= others + 50 }, "the other serves on")
            #expect(state.status().successes == count, "and this one gets nothing")
            try tell(admin, state.identity.id, "enable")
            #expect(holds { state.status().successes > count }, "until it is enabled")
        }
    }

    private static func tell(_ port: Int, _ id: String, _ order: String) throws {
        let answer = try RawClient(port).exchange(
            "POST /targets/\(id)/\(order) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nContent-Length: 0\r\n\r\n")
        #expect(answer.status == 200)
    }
}
