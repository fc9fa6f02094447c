// What one event loop counts: a call for each finished exchange, and one per tick. The loop alone writes; whoever shows the
// figures reads beside it.
package import PorticoCore

/// What is counted of a finished exchange.
package struct FinishedExchange {
    /// The place of its method in `RequestKind.methods`.
    package var method = 0
    package var status = 0
    /// From `RouteNames`.
    package var row = RouteNames.none
    package var bytesIn = 0
    package var bytesOut = 0
    package var durationNanoseconds = 0
    /// To the response head of a backend; below zero: there was none.
    package var upstreamNanoseconds = -1
    package var attempts = 0
    /// Empty for a plain success.
    package var reason: StaticString = ""

    package init() {}
}

// SAFETY: `finished` and `ticked` are called on one event loop only; what others read lies in CounterMemory, or behind a lock.
package final class LoopMetrics: @unchecked Sendable {
    let memory = CounterMemory(count: LoopCell.count + RouteNames.rows * RouteCell.stride)
    let reasons = ReasonCounts()

    package init() {}

    package func finished(_ exchange: borrowing FinishedExchange) {
        let row = LoopCell.count + exchange.row * RouteCell.stride
        let duration = exchange.durationNanoseconds
        memory.add(
            1, at: row + RouteCell.requests + RequestKind.index(method: exchange.method, status: exchange.status))
        memory.add(exchange.bytesOut, at: row + RouteCell.bytesOut)
        if exchange.bytesIn > 0 { memory.add(exchange.bytesIn, at: row + RouteCell.bytesIn) }
        if exchange.status != 101 {
            memory.add(duration, at: row + RouteCell.durationSum)
            memory.add(1, at: row + RouteCell.durations + LatencyBuckets.index(ofNanoseconds: duration))
            memory.add(1, at: LoopCell.durations + FineHistogram.index(ofNanoseconds: duration))
        }
        if exchange.attempts > 0 { countUpstream(exchange, row) }
        memory.add(1, at: LoopCell.requests)
        if exchange.status >= 500 { memory.add(1, at: LoopCell.errors) }
        if exchange.reason.utf8CodeUnitCount > 0 { reasons.add(exchange.reason) }
    }

    @inline(__always)
    private func countUpstream(_ exchange: borrowing FinishedExchange, _ row: Int) {
        if exchange.attempts > 1 { memory.add(exchange.attempts - 1, at: row + RouteCell.retries) }
        guard exchange.upstreamNanoseconds >= 0 else { return }
        memory.add(exchange.upstreamNanoseconds, at: row + RouteCell.upstreamSum)
        memory.add(
            1, at: row + RouteCell.upstreams + LatencyBuckets.index(ofNanoseconds: exchange.upstreamNanoseconds))
    }

    /// A tick of the loop's timer came so much later than it was due.
    package func ticked(late: Interval) {
        let nanoseconds = Int(late.nanoseconds)
        memory.add(nanoseconds, at: LoopCell.lagSum)
        memory.add(1, at: LoopCell.lags + LatencyBuckets.index(ofNanoseconds: nanoseconds))
        memory.set(nanoseconds, at: LoopCell.lag)
    }
}

/// Numbers of the loop as a whole, in front of its routes.
enum LoopCell {
    static let requests = 0
    static let errors = 1
    static let lag = 2
    static let lagSum = 3
    static let lags = 8
    static let durations = 32
    static let count = 240
}
