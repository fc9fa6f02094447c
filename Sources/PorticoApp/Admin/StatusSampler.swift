// What the status page shows, put together: figures of the server, of routes and of targets over the last seconds. Made on the
// thread pool, and only while somebody watches; the minutes before are kept always, at one point a second.
import NIOCore
import PorticoAdmin
import PorticoConfig
import PorticoCore
import PorticoHTTP
import PorticoLog
import PorticoTelemetry
import PorticoUpstream
import Synchronization

final class StatusSampler: Sendable {
    /// Rows of each table; a page with more is read by nobody.
    static let routeLimit = 100
    static let targetLimit = 200

    private struct State {
        var history: StatusHistory
        /// Points since the start.
        var count = 0
        var routes = RouteRates()
        var cpuSeconds = 0.0
        var cpuAt = MonotonicTime(nanoseconds: 0)
    }

    private let view: AdminView
    private let started = MonotonicTime.now()
    private let state: Mutex<State>

    init(_ view: AdminView) {
        self.view = view
        state = Mutex(State(history: StatusHistory(view.telemetry.serverFigures, now: started)))
    }

    /// Once a second.
    func tick() {
        let figures = view.telemetry.serverFigures
        state.withLock { state in
            state.history.add(figures, now: .now())
            state.count += 1
        }
    }

    /// The points of the charts.
    func history() -> ByteBuffer {
        let points = state.withLock { $0.history.points }
        return ByteBuffer(string: JSONText.array(points.map(\.json)).compact)
    }

    func sample(_ configuration: Configuration) -> ByteBuffer {
        let now = MonotonicTime.now()
        let routes = view.telemetry.routeFigures
        let rates = state.withLock { $0.routes.rates(routes, now: now) }
        let shown = rates.sorted { ($0.rate, $0.figures.total) > ($1.rate, $1.figures.total) }.prefix(Self.routeLimit)
        let targets = view.targets.all.map { TargetReport($0, now: now) }
        // Those that are unwell first, else in their order.
        let unwell = targets.filter { !$0.isAvailable } + targets.filter(\.isAvailable)
        let members =
            identity(configuration, now) + load(configuration, now, requests: routes.reduce(0) { $0 + $1.total }) + [
                ("in_flight", .integer(targets.reduce(0) { $0 + $1.status.inFlight })),
                ("routes", .array(shown.map(\.json))),
                ("more_routes", .integer(rates.count - shown.count)),
                ("targets", .array(unwell.prefix(Self.targetLimit).map(\.row))),
                ("more_targets", .integer(max(0, targets.count - Self.targetLimit))),
                ("errors", .array(view.telemetry.recent.failures.reversed().map(\.json))),
            ]
        return ByteBuffer(string: JSONText.object(members).compact)
    }

    private func identity(_ configuration: Configuration, _ now: MonotonicTime) -> [(String, JSONText)] {
        [
            ("name", .string(configuration.application.name)),
            ("environment", .string(configuration.application.environment)),
            ("version", .string(PorticoVersion.number)), ("pid", .integer(ServerAdmin.processID)),
            ("uptime", .integer(Int((now - started).nanoseconds / 1_000_000_000))),
        ]
    }

    private func load(_ configuration: Configuration, _ now: MonotonicTime, requests: Int) -> [(String, JSONText)] {
        let process = ProcessFigures.read()
        let (points, count, cpu) = state.withLock { state in
            let seconds = Double((now - state.cpuAt).nanoseconds) / 1e9
            let cpu = state.cpuAt.nanoseconds == 0 ? 0 : (process.cpuSeconds - state.cpuSeconds) / max(0.1, seconds)
            (state.cpuSeconds, state.cpuAt) = (process.cpuSeconds, now)
            return (state.history.points.suffix(5), state.count, cpu)
        }
        func mean(_ value: (StatusHistory.Point) -> Double) -> JSONText {
            .number((points.reduce(0) { $0 + value($1) } / Double(max(1, points.count)) * 100).rounded() / 100)
        }
        return [
            ("rate", mean(\.rate)), ("error_rate", mean(\.errors)), ("requests", .integer(requests)),
            ("sequence", .integer(count)), ("point", points.last?.json ?? .null),
            ("connections", .integer(view.connections.current)),
            ("max_connections", .integer(configuration.server.maxConnections)),
            ("resident", .integer(process.residentBytes)), ("descriptors", .integer(process.openDescriptors)),
            ("cpu", .number((cpu * 1000).rounded() / 1000)),
            ("lag", .number(((view.telemetry.lags.map(\.last).max() ?? 0) * 1e5).rounded() / 100)),
            ("log_dropped", .integer(view.log.writer.figures.dropped)),
        ]
    }
}

extension StatusHistory.Point {
    /// An array: there are three hundred of them.
    fileprivate var json: JSONText {
        func short(_ value: Double?) -> JSONText { value.map { .number(($0 * 100).rounded() / 100) } ?? .null }
        return .array([short(rate), short(errors), short(p50), short(p95), short(p99)])
    }
}
