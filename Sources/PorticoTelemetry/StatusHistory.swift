// The server's last minutes, second by second: what the charts of the status page begin with. A plain value; whoever owns it
// brings the time.
package import PorticoCore

package struct StatusHistory: Sendable {
    package struct Point: Sendable, Equatable {
        /// Requests, and of those the ones with statuses of 500 and above, per second.
        package var rate = 0.0
        package var errors = 0.0
        /// Milliseconds over the last `window`; nil where nothing came.
        package var p50: Double?
        package var p95: Double?
        package var p99: Double?
    }

    /// Five minutes.
    package static let limit = 300
    /// Quantiles of a single second would jump.
    static let window = 10

    package private(set) var points: [Point] = []
    private var figures: [ServerFigures] = []
    private var last: MonotonicTime

    package init(_ figures: ServerFigures, now: MonotonicTime) {
        self.figures = [figures]
        last = now
    }

    /// About once a second.
    package mutating func add(_ current: ServerFigures, now: MonotonicTime) {
        let seconds = max(0.001, Double((now - last).nanoseconds) / 1e9)
        let lately = current - figures[figures.count - 1]
        let window = current - figures[0]
        func milliseconds(_ quantile: Double) -> Double? { window.quantile(quantile).map { $0 * 1000 } }
        points.append(
            Point(
                rate: Double(lately.requests) / seconds, errors: Double(lately.errors) / seconds,
                p50: milliseconds(0.5), p95: milliseconds(0.95), p99: milliseconds(0.99)))
        if points.count > Self.limit { points.removeFirst() }
        figures.append(current)
        if figures.count > Self.window { figures.removeFirst() }
        last = now
    }
}
