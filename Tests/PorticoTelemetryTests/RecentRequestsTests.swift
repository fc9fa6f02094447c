// Which requests are kept for those who look, and that neither the keeping nor the watching grows without bounds.
import PorticoCore
import Testing

@testable import PorticoTelemetry

@Suite struct RecentRequestsTests {
    private static func line(_ path: String, _ status: Int = 200) -> RequestLine {
        var line = RequestLine()
        line.path = path
        line.status = status
        return line
    }

    @Test func `keeps the newest lines, and failures longer than the others`() {
        let recent = RecentRequests()
        recent.add(Self.line("/broken", 502), isKept: true)
        for number in 0..<RecentRequests.lineLimit + 5 { recent.add(Self.line("/\(number)"), isKept: true) }
        #expect(recent.lines.count == RecentRequests.lineLimit)
        #expect(recent.lines.first?.path == "/5")
        #expect(recent.lines.last?.path == "/\(RecentRequests.lineLimit + 4)")
        #expect(recent.failures.map(\.path) == ["/broken"])
    }

    @Test func `a watcher begins with what is kept and gets what its filter takes`() throws {
        let recent = RecentRequests()
        recent.add(Self.line("/old", 404), isKept: true)
        var filter = LineFilter()
        filter.family = 4
        let watcher = try #require(recent.watch(filter))
        #expect(recent.isWatched)
        recent.add(Self.line("/seen", 403), isKept: false)
        recent.add(Self.line("/other"), isKept: false)
        #expect(watcher.take().lines.map(\.path) == ["/old", "/seen"])
        #expect(watcher.take().lines.isEmpty)
        #expect(recent.lines.map(\.path) == ["/old"], "what was only shown is not kept")
        recent.end(watcher)
        #expect(!recent.isWatched)
    }

    @Test func `who does not fetch loses lines and is told how many`() throws {
        let recent = RecentRequests()
        let watcher = try #require(recent.watch(LineFilter()))
        for number in 0..<RecentRequests.lineLimit + 7 { recent.add(Self.line("/\(number)"), isKept: false) }
        let taken = watcher.take()
        #expect(taken.lines.count == RecentRequests.lineLimit)
        #expect(taken.skipped == 7)
        #expect(watcher.take().skipped == 0)
    }

    @Test func `so many watch at a time`() throws {
        let recent = RecentRequests()
        let watchers = (0..<RecentRequests.watcherLimit).compactMap { _ in recent.watch(LineFilter()) }
        #expect(watchers.count == RecentRequests.watcherLimit)
        #expect(recent.watch(LineFilter()) == nil)
        recent.end(watchers[0])
        #expect(recent.watch(LineFilter()) != nil)
    }

    @Test func `a filter looks at status, duration and text, whatever its case`() {
        var line = Self.line("/Api/Users?x=1", 503)
        line.milliseconds = 20
        line.target = "backend-2"
        var filter = LineFilter()
        #expect(filter.takes(line))
        filter.family = 5
        filter.minMilliseconds = 20
        filter.text = "api/users"
        #expect(filter.takes(line))
        filter.text = "BACKEND"
        #expect(filter.takes(line))
        filter.text = "backend-22"
        #expect(!filter.takes(line))
        filter.text = ""
        filter.minMilliseconds = 20.5
        #expect(!filter.takes(line))
        filter.minMilliseconds = 0
        filter.family = 4
        #expect(!filter.takes(line))
    }

    @Test func `of a flood a loop keeps some lines a tick, failures apart, and shows more to those who watch`() {
        var budget = LineBudget()
        var kept = 0
        while budget.take(isFailure: false, isWatched: false) == .keep { kept += 1 }
        #expect(kept == LineBudget.linesPerTick)
        #expect(budget.take(isFailure: false, isWatched: true) == .show)
        kept = 0
        while budget.take(isFailure: true, isWatched: false) == .keep { kept += 1 }
        #expect(kept == LineBudget.failuresPerTick)
        var shown = 1
        while budget.take(isFailure: true, isWatched: true) == .show { shown += 1 }
        #expect(shown == LineBudget.watchedPerTick)
        budget.renew()
        #expect(budget.take(isFailure: false, isWatched: false) == .keep)
    }
}

@Suite struct StatusHistoryTests {
    private static let start = MonotonicTime(nanoseconds: 1_000_000_000)

    private static func count(_ telemetry: Telemetry, _ requests: Int, _ status: Int = 200, milliseconds: Int = 2) {
        var exchange = FinishedExchange()
        exchange.status = status
        exchange.durationNanoseconds = milliseconds * 1_000_000
        for _ in 0..<requests { telemetry.loops[0].finished(exchange) }
    }

    @Test func `a point tells the rate of its own time and the quantiles of the last ten`() throws {
        let telemetry = Telemetry(loops: 1)
        var history = StatusHistory(telemetry.serverFigures, now: Self.start)
        Self.count(telemetry, 40)
        history.add(telemetry.serverFigures, now: Self.start + .seconds(2))
        Self.count(telemetry, 10, 500, milliseconds: 900)
        history.add(telemetry.serverFigures, now: Self.start + .seconds(3))
        #expect(history.points.map(\.rate) == [20, 10])
        #expect(history.points.map(\.errors) == [0, 10])
        let first = try #require(history.points[0].p99)
        #expect(abs(first - 2) < 0.25)
        let second = try #require(history.points[1].p99)
        #expect(abs(second - 900) < 112)
        #expect(try #require(history.points[1].p50) < 3)
        for second in 4...20 { history.add(telemetry.serverFigures, now: Self.start + .seconds(second)) }
        #expect(history.points.last == StatusHistory.Point(), "nothing came of late")
    }

    @Test func `five minutes are kept`() {
        let telemetry = Telemetry(loops: 1)
        var history = StatusHistory(telemetry.serverFigures, now: Self.start)
        for second in 1...StatusHistory.limit + 20 {
            history.add(telemetry.serverFigures, now: Self.start + .seconds(second))
        }
        #expect(history.points.count == StatusHistory.limit)
    }
}
