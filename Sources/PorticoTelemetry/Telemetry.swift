// The figures of the whole server: the loops' counters, and their sums at a moment. Reading them disturbs no loop.

package final class Telemetry: Sendable {
    package let routes = RouteNames()
    package let loops: [LoopMetrics]
    package let recent = RecentRequests()

    package init(loops: Int) { self.loops = (0..<loops).map { _ in LoopMetrics() } }

    /// Every route that was asked for at least once.
    package var routeFigures: [RouteFigures] {
        routes.all.enumerated().compactMap { row, name in
            var figures = RouteFigures(name: name)
            for loop in loops { figures.add(loop.memory, from: LoopCell.count + row * RouteCell.stride) }
            return figures.total > 0 ? figures : nil
        }
    }

    package var reasons: [(reason: String, count: Int)] {
        var sums: [String: Int] = [:]
        for loop in loops { loop.reasons.add(to: &sums) }
        return sums.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    package var serverFigures: ServerFigures {
        var figures = ServerFigures()
        for loop in loops { figures.add(loop.memory) }
        return figures
    }

    /// By loop.
    package var lags: [LoopLag] { loops.map { LoopLag($0.memory) } }
}

/// Requests of all routes since the start; the difference of two tells of the time between them.
package struct ServerFigures: Sendable {
    package private(set) var requests = 0
    /// Statuses of 500 and above.
    package private(set) var errors = 0
    private var durations = [Int](repeating: 0, count: FineHistogram.count)

    package init() {}

    mutating func add(_ memory: CounterMemory) {
        requests += memory[LoopCell.requests]
        errors += memory[LoopCell.errors]
        for index in durations.indices { durations[index] += memory[LoopCell.durations + index] }
    }

    /// What came between two moments.
    package static func - (later: ServerFigures, earlier: ServerFigures) -> ServerFigures {
        var difference = later
        difference.requests -= earlier.requests
        difference.errors -= earlier.errors
        for index in earlier.durations.indices { difference.durations[index] -= earlier.durations[index] }
        return difference
    }

    /// In seconds; nil where nothing came.
    package func quantile(_ quantile: Double) -> Double? { FineHistogram.quantile(quantile, of: durations) }
}

/// How late an event loop's timer came: what a request had to wait before its loop looked at it.
package struct LoopLag: Sendable {
    /// The last tick's, in seconds.
    package let last: Double
    package let counts: [Int]
    package let seconds: Double

    init(_ memory: CounterMemory) {
        last = Double(memory[LoopCell.lag]) / 1e9
        counts = (0..<LatencyBuckets.count).map { memory[LoopCell.lags + $0] }
        seconds = Double(memory[LoopCell.lagSum]) / 1e9
    }
}
