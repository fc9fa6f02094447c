// Rates of routes over the last seconds, with a clock of the test's own.
import PorticoCore
import PorticoTelemetry
import Testing

@testable import PorticoApp

@Suite struct RouteRatesTests {
    private let telemetry = Telemetry(loops: 1)
    private static let start = MonotonicTime(nanoseconds: 0)

    private func ask(_ route: String, _ times: Int, milliseconds: Int = 1) {
        var exchange = FinishedExchange()
        exchange.row = telemetry.routes.row(of: route)
        exchange.status = 200
        exchange.durationNanoseconds = milliseconds * 1_000_000
        for _ in 0..<times { telemetry.loops[0].finished(exchange) }
    }

    @Test func `compares with what there was five to ten seconds ago`() throws {
        var rates = RouteRates()
        ask("/a", 1000, milliseconds: 400)
        #expect(rates.rates(telemetry.routeFigures, now: Self.start).map(\.rate) == [0])
        ask("/a", 30)
        ask("/b", 15)
        let later = rates.rates(telemetry.routeFigures, now: Self.start + .seconds(3))
        #expect(later.map(\.figures.name) == ["/a", "/b"])
        #expect(later.map(\.rate) == [10, 5])
        let p95 = try #require(LatencyBuckets.quantile(0.95, of: later[0].durations))
        #expect(p95 <= 0.001, "the slow ones were before")
        // At 5 s the first moment is still what is compared with; at 10 s that of 5 s is.
        _ = rates.rates(telemetry.routeFigures, now: Self.start + .seconds(5))
        ask("/a", 10)
        #expect(rates.rates(telemetry.routeFigures, now: Self.start + .seconds(10)).map(\.rate) == [2, 0])
    }

    @Test func `what lies far back is not compared with`() {
        var rates = RouteRates()
        _ = rates.rates(telemetry.routeFigures, now: Self.start)
        ask("/a", 1000)
        #expect(rates.rates(telemetry.routeFigures, now: Self.start + .seconds(600)).map(\.rate) == [0])
        ask("/a", 20)
        #expect(rates.rates(telemetry.routeFigures, now: Self.start + .seconds(602)).map(\.rate) == [10])
    }
}
