// From a finished exchange to the counters of its event loop.
import PorticoCore
import PorticoHTTP
import PorticoTelemetry

/// One per event loop.
struct ExchangeMetrics {
    private let loop: LoopMetrics

    init(_ loop: LoopMetrics) { self.loop = loop }

    func count(_ exchange: Exchange, at now: MonotonicTime) {
        var finished = FinishedExchange()
        finished.method = exchange.head.method.metricsIndex
        finished.status = exchange.record.status
        finished.row = exchange.record.routeRow
        finished.bytesIn = exchange.record.bytesIn
        finished.bytesOut = exchange.record.bytesOut
        finished.durationNanoseconds = Int(now.nanoseconds - exchange.record.started.nanoseconds)
        finished.upstreamNanoseconds = Int(exchange.record.upstreamNanoseconds)
        finished.attempts = exchange.record.attempts
        finished.reason = exchange.record.reason
        loop.finished(finished)
    }

    func tick(late: Interval) { loop.ticked(late: late) }
}

extension HTTPMethod {
    /// Its place in `RequestKind.methods`: the order is the same, and what comes after them is one.
    var metricsIndex: Int { Int(rawValue) }
}
