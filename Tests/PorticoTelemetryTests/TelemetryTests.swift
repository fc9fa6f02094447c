// Counting on loops of their own, and summing up.
import PorticoCore
import Testing

@testable import PorticoTelemetry

@Suite struct TelemetryTests {
    private static func exchange(_ row: Int, _ status: Int, _ edit: (inout FinishedExchange) -> Void = { _ in })
        -> FinishedExchange
    {
        var exchange = FinishedExchange()
        exchange.row = row
        exchange.status = status
        exchange.durationNanoseconds = 2_000_000
        edit(&exchange)
        return exchange
    }

    @Test func `sums what several loops counted of a route`() throws {
        let telemetry = Telemetry(loops: 3)
        let row = telemetry.routes.row(of: "/api/*")
        for (index, loop) in telemetry.loops.enumerated() {
            loop.finished(Self.exchange(row, 200) { $0.bytesOut = 10 * (index + 1) })
        }
        telemetry.loops[1].finished(
            Self.exchange(row, 502) {
                $0.method = 2
                $0.bytesIn = 7
                $0.attempts = 3
                $0.upstreamNanoseconds = 400_000
                $0.reason = "upstream_reset"
            })
        let figures = try #require(telemetry.routeFigures.first)
        #expect(telemetry.routeFigures.count == 1)
        #expect(figures.name == "/api/*")
        #expect((figures.total, figures.total(ofClass: 2), figures.total(ofClass: 5)) == (4, 3, 1))
        #expect(figures.requests[RequestKind.index(method: 2, status: 502)] == 1)
        #expect((figures.bytesIn, figures.bytesOut, figures.retries) == (7, 60, 2))
        #expect(figures.durations[4] == 4)
        #expect(figures.durationNanoseconds == 8_000_000)
        #expect((figures.upstreams[2], figures.upstreamNanoseconds) == (1, 400_000))
        #expect(telemetry.serverFigures.requests == 4)
        #expect(telemetry.serverFigures.errors == 1)
        #expect(telemetry.reasons.map(\.reason) == ["upstream_reset"])
    }

    @Test func `an upgraded connection counts as a request and not as a slow one`() throws {
        let telemetry = Telemetry(loops: 1)
        telemetry.loops[0].finished(Self.exchange(RouteNames.none, 101) { $0.durationNanoseconds = 9_000_000_000 })
        let figures = try #require(telemetry.routeFigures.first)
        #expect(figures.total(ofClass: 1) == 1)
        #expect(figures.durations.allSatisfy { $0 == 0 })
        #expect(telemetry.serverFigures.quantile(0.5) == nil)
    }

    @Test func `the difference of two moments tells of the time between`() throws {
        let telemetry = Telemetry(loops: 1)
        for _ in 0..<5 { telemetry.loops[0].finished(Self.exchange(0, 200) { $0.durationNanoseconds = 9_000_000_000 }) }
        let before = telemetry.serverFigures
        telemetry.loops[0].finished(Self.exchange(0, 500))
        let since = telemetry.serverFigures - before
        #expect((since.requests, since.errors) == (1, 1))
        #expect(abs(try #require(since.quantile(0.99)) - 0.002) < 0.000_25)
    }

    @Test(arguments: [(0, "none"), (99, "none"), (-1, "none"), (700, "none"), (101, "1xx"), (499, "4xx"), (599, "5xx")])
    func `every status has a class`(status: Int, name: String) {
        let index = RequestKind.index(method: 400, status: status)
        #expect(RequestKind.classes[index % RequestKind.classes.count] == name)
        #expect(RequestKind.methods[index / RequestKind.classes.count] == "other")
    }

    @Test func `routes beyond the bound share a row, and known ones keep theirs`() {
        let names = RouteNames()
        let first = names.row(of: "/0")
        for number in 1..<RouteNames.limit { #expect(names.row(of: "/\(number)") != RouteNames.other) }
        #expect(names.row(of: "/one-too-many") == RouteNames.other)
        #expect(names.row(of: "/0") == first)
        #expect(names.all.count == RouteNames.rows)
        // The last row lies within the memory.
        let loop = LoopMetrics()
        loop.finished(Self.exchange(RouteNames.rows - 1, 599) { $0.method = 7 })
    }

    @Test func `the same reason from two places is one, and there is an end to them`() {
        let counts = ReasonCounts()
        let one: StaticString = "timeout"
        counts.add(one)
        counts.add("timeout")
        counts.add("refused")
        var sums: [String: Int] = [:]
        counts.add(to: &sums)
        #expect(sums == ["timeout": 2, "refused": 1])
    }

    @Test func `a late tick is kept with the loop`() {
        let telemetry = Telemetry(loops: 2)
        telemetry.loops[1].ticked(late: .milliseconds(30))
        telemetry.loops[1].ticked(late: .zero)
        #expect(telemetry.lags[0].counts.reduce(0, +) == 0)
        #expect(telemetry.lags[1].counts.reduce(0, +) == 2)
        #expect(telemetry.lags[1].counts[8] == 1)
        #expect(telemetry.lags[1].last == 0)
        #expect(telemetry.lags[1].seconds == 0.03)
    }
}
