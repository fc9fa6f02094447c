// What the access line of a proxied request tells: phases, breaker, reason, trace.
import PorticoConfig
import PorticoTesting
import PorticoUpstream
import Testing

@Suite struct WhyFieldsTests {
    private func number(_ key: String, in line: String) -> Double? {
        line.split(separator: "\"\(key)\":").dropFirst().first.flatMap { rest in
            Double(rest.prefix { $0.isNumber || $0 == "." })
        }
    }

    @Test func `every phase of an answered request is told, a kept connection costs none`() async throws {
        let backend = try FakeBackend.answering()
        try await withProxy(backend) { server in
            let client = try RawClient(server.port)
            for _ in 0..<2 { #expect(try client.exchange(get("/api/")).status == 200) }
            let lines = server.accessLines(2)
            #expect(lines.count == 2)
            for line in lines {
                let total = try #require(number("total_ms", in: line))
                #expect(number("queue_ms", in: line) == 0)
                for phase in ["connect_ms", "upstream_head_ms", "upstream_body_ms"] {
                    let value = try #require(number(phase, in: line), "\(phase) in \(line)")
                    #expect(value <= total + 0.01, "\(phase) in \(line)")
                }
                #expect(line.contains("\"reason\":\"ok\""))
                #expect(!line.contains("\"breaker\"") && !line.contains("\"cache\"") && !line.contains("\"cause\""))
            }
            #expect((number("connect_ms", in: lines[0]) ?? 0) > 0)
            #expect(number("connect_ms", in: lines[1]) == 0, "\(lines[1])")
        }
    }

    @Test func `a refused connection has its time, and no head`() async throws {
        let port = try refusingPort()
        try await withProxy(edit: { $0.targets = [TargetSettings(port: port)] }) { server in
            #expect(try RawClient(server.port).exchange(get("/api/")).status == 502)
            let line = try #require(server.accessLines(1).first)
            #expect(number("connect_ms", in: line) != nil && number("queue_ms", in: line) == 0)
            #expect(!line.contains("upstream_head_ms") && !line.contains("upstream_body_ms"))
            #expect(line.contains("\"reason\":\"connect_refused\""))
            #expect(line.contains("\"cause\":\"127.0.0.1:\(port): connection refused\""), "\(line)")
        }
    }

    @Test func `a reset is told in the system's words, and what is wrong with a request in ours`() async throws {
        let backend = try FakeBackend { _ in [.readRequest, .reset] }
        try await withProxy(backend) { server in
            let reset = try RawClient(server.port).exchange(get("/api/", method: "POST"))
            let both = get("/api/", "Content-Length: 1", "Transfer-Encoding: chunked", method: "POST")
            let refused = try RawClient(server.port).exchange(both)
            #expect(reset.status == 502 && refused.status == 400)
            let lines = server.accessLines(2)
            #expect(lines.contains { $0.contains("\"cause\":\"connection reset by peer\"") }, "\(lines)")
            #expect(
                lines.contains { $0.contains("\"status\":400") && $0.contains("\"cause\":\"Transfer-Encoding with") },
                "\(lines)")
        }
    }

    @Test func `a backend's own failure is told from ours`() async throws {
        let backend = try FakeBackend { _ in
            [.readRequest, .send("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"), .close]
        }
        try await withProxy(backend) { server in
            let answer = try RawClient(server.port).exchange(get("/api/"))
            #expect(answer.status == 500)
            #expect(server.accessLines(1).first?.contains("\"reason\":\"upstream_error\"") == true)
        }
    }

    @Test func `the breaker's state is that when the request was sent`() async throws {
        let port = try refusingPort()
        try await withProxy(edit: {
            $0.targets = [TargetSettings(port: port)]
            $0.circuitBreaker = CircuitBreakerSettings()
            $0.circuitBreaker?.enabled = true
            $0.circuitBreaker?.failureThreshold = 1
            $0.circuitBreaker?.timeoutDuration = .seconds(3600)
        }) { server in
            for _ in 0..<2 { _ = try RawClient(server.port).exchange(get("/api/")) }
            let lines = server.accessLines(2)
            #expect(lines.first?.contains("\"breaker\":\"closed\"") == true, "\(lines)")
            #expect(lines.last?.contains("\"breaker\":\"open\"") == true, "\(lines)")
            #expect(lines.last?.contains("\"reason\":\"no_target\"") == true)
            let event = try #require(server.line { $0.contains("circuit breaker changed") })
            for field in [
                "\"from\":\"closed\"", "\"to\":\"open\"", "\"target\":", "\"route\":",
                "\"reason\":\"consecutive_failures\"",
            ] {
                #expect(event.contains(field), "\(field) in \(event)")
            }
        }
    }

    @Test func `the wait in line is told`() async throws {
        let backend = try FakeBackend { _ in [.readRequest, .pause(.milliseconds(200)), .answer("late"), .close] }
        try await withProxy(backend, edit: { $0.targets[0].maxConnections = 1 }) { server in
            let first = try RawClient(server.port)
            let second = try RawClient(server.port)
            first.send(get("/api/1"))
            while server.targets.all.allSatisfy({ $0.inFlight == 0 }) { RawClient.sleep(.milliseconds(1)) }
            #expect(try second.exchange(get("/api/2")).status == 200)
            let line = try #require(server.accessLines(2).first { $0.contains("/api/2") })
            #expect((number("queue_ms", in: line) ?? 0) > 0, "\(line)")
        }
    }

    @Test func `a trusted trace goes on, and its line names it`() async throws {
        let backend = try FakeBackend.answering()
        let trace = "0af7651916cd43dd8448eb211c80319c"
        try await withProxy(backend, configure: { $0.trustLocalhost() }) { server in
            _ = try RawClient(server.port).exchange(get("/api/", "traceparent: 00-\(trace)-b7ad6b7169203331-03"))
            let line = try #require(server.accessLines(1).first)
            let sent = try #require(backend.requests.first?["traceparent"])
            #expect(line.contains("\"trace_id\":\"\(trace)\""))
            let parts = sent.split(separator: "-")
            #expect(parts.count == 4 && parts[1] == trace && parts[2] != "b7ad6b7169203331" && parts[3] == "01")
            #expect(line.contains("\"span_id\":\"\(parts[2])\""), "the span is the one the backend sees")
        }
    }

    @Test(arguments: [
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "nonsense",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ])
    func `an invalid trace is replaced by one of ours`(given: String) async throws {
        let backend = try FakeBackend.answering()
        try await withProxy(backend, configure: { $0.trustLocalhost() }) { server in
            _ = try RawClient(server.port).exchange(get("/api/", "traceparent: \(given)", "tracestate: a=b"))
            let line = try #require(server.accessLines(1).first)
            let request = try #require(backend.requests.first)
            #expect(request.all("traceparent").count == 1 && request.all("tracestate").isEmpty)
            let sent = try #require(request["traceparent"]).split(separator: "-")
            #expect(sent.count == 4 && sent[0] == "00" && sent[3] == "00" && !sent[1].contains("0af7651916cd43dd"))
            #expect(line.contains("\"trace_id\":\"\(sent[1])\"") && line.contains("\"span_id\":\"\(sent[2])\""))
        }
    }

    @Test func `files tell where they came from`() async throws {
        try await withServer(TempSite(["index.html": "page"])) { server in
            let client = try RawClient(server.port)
            for path in ["/", "/", "/none"] { _ = try client.exchange(get(path)) }
            let lines = server.accessLines(3)
            #expect(lines.map { $0.contains("\"cache\":\"miss\"") } == [true, false, true], "\(lines)")
            #expect(lines[1].contains("\"cache\":\"hit\"") && lines[1].contains("\"reason\":\"ok\""))
            #expect(lines[2].contains("\"reason\":\"not_found\""))
            #expect(!lines[0].contains("queue_ms") && !lines[0].contains("trace_id"))
        }
    }
}
