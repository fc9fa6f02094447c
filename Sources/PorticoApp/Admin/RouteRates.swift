// Requests per second and quantiles of each route over the last five to ten seconds: what there is now, less what there was
// then. A plain value; its owner brings the time.
import PorticoConfig
import PorticoCore
import PorticoTelemetry

struct RouteRates: Sendable {
    struct Route: Sendable {
        let figures: RouteFigures
        /// Per second.
        let rate: Double
        /// By bucket, of the time that is looked at.
        let durations: [Int]
    }

    private struct Moment: Sendable {
        let at: MonotonicTime
        let routes: [String: RouteFigures]
    }

    /// The older one is compared with; the newer one takes its place once it is old enough.
    private var older: Moment?
    private var newer: Moment?
    private static let span = Interval.seconds(5)

    mutating func rates(_ routes: [RouteFigures], now: MonotonicTime) -> [Route] {
        turn(routes, now)
        let seconds = older.map { Double((now - $0.at).nanoseconds) / 1e9 } ?? 0
        return routes.map { route in
            let before = older?.routes[route.name]
            let count = route.total - (before?.total ?? 0)
            return Route(
                figures: route, rate: seconds > 0.1 ? Double(count) / seconds : 0,
                durations: before.map { zip(route.durations, $0.durations).map(-) } ?? route.durations)
        }
    }

    private mutating func turn(_ routes: [RouteFigures], _ now: MonotonicTime) {
        if let newer, now - newer.at < Self.span { return }
        // Nobody looked for a while: what lies so far back says nothing of now.
        let isStale = newer.map { now - $0.at > Self.span + Self.span } ?? true
        let moment = Moment(at: now, routes: Dictionary(routes.map { ($0.name, $0) }, uniquingKeysWith: { $1 }))
        older = isStale ? moment : newer
        newer = moment
    }
}

extension RouteRates.Route {
    var json: JSONText {
        func milliseconds(_ quantile: Double) -> JSONText {
            LatencyBuckets.quantile(quantile, of: durations).map { .number(($0 * 1e5).rounded() / 100) } ?? .null
        }
        return .object([
            ("name", .string(figures.name)), ("requests", .integer(figures.total)),
            ("rate", .number((rate * 100).rounded() / 100)), ("c4", .integer(figures.total(ofClass: 4))),
            ("c5", .integer(figures.total(ofClass: 5))), ("p50", milliseconds(0.5)), ("p95", milliseconds(0.95)),
            ("sent", .integer(figures.bytesOut)),
        ])
    }
}
