// From a finished exchange to the counters of its event loop.
import PorticoCore
import PorticoHTTP
import PorticoTelemetry

/// One per event loop.
struct ExchangeMetrics {
    private let loop: LoopMetrics

    private let recent: RecentRequests
    private var budget = LineBudget()

    init(_ loop: LoopMetrics, recent: RecentRequests) {
        self.loop = loop
        self.recent = recent
    }

    mutating func count(_ exchange: Exchange, at now: MonotonicTime) {
        var finished = FinishedExchange()
        finished.method = exchange.head.method.metricsIndex
        finished.status = exchange.record.status
        finished.row = exchange.record.routeRow
        finished.bytesIn = exchange.record.bytesIn
        finished.bytesOut = exchange.record.bytesOut
        finished.durationNanoseconds = Int(now.nanoseconds - exchange.record.started.nanoseconds)
        finished.upstreamNanoseconds = Int(exchange.record.upstreamNanoseconds)
        finished.attempts = exchange.record.attempts
        finished.reason = Self.counted(exchange.record.reason)
        loop.finished(finished)
        switch budget.take(isFailure: exchange.record.status >= 500, isWatched: recent.isWatched) {
        case .keep: recent.add(Self.line(exchange, at: now), isKept: true)
        case .show: recent.add(Self.line(exchange, at: now), isKept: false)
        case .skip: break
        }
    }

    mutating func tick(late: Interval) {
        loop.ticked(late: late)
        budget.renew()
    }

    /// A plain success is none.
    private static func counted(_ reason: EndReason) -> StaticString {
        if case .ok = reason { "" } else { reason.text }
    }

    @inline(never)
    private static func line(_ exchange: Exchange, at now: MonotonicTime) -> RequestLine {
        let head = exchange.head
        let record = exchange.record
        var line = RequestLine()
        line.unixMilliseconds = exchange.loop.unixNanoseconds(at: now) / 1_000_000
        line.method = head.methodBytes.text
        line.host = head.authorityBytes.text
        line.path = UnsafeRawBufferPointer(rebasing: head.targetBytes.prefix(RequestLine.longestPath)).text
        line.status = record.status
        line.milliseconds = Double((now - record.started).nanoseconds) / 1e6
        line.bytesOut = record.bytesOut
        line.client = exchange.clientAddress.text
        line.route = record.route?.text ?? ""
        line.target = record.target?.text ?? ""
        line.reason = counted(record.reason).description
        line.id = record.id
        line.givenID = record.givenID?.text ?? ""
        return line
    }
}

extension HTTPMethod {
    /// Its place in `RequestKind.methods`: the order is the same, and what comes after them is one.
    var metricsIndex: Int { Int(rawValue) }
}
