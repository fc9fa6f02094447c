// From a finished exchange to its access line.
import PorticoCore
import PorticoHTTP
import PorticoLog

/// One per event loop.
final class AccessLog {
    private let lines: AccessLineBuffer
    /// A trace id of ours is sixteen digits of the process and those of the request, which is the span's too.
    // SAFETY: 32 bytes that belong to this object alone, freed in deinit; `idText` is their second half.
    private let traceText = UnsafeMutablePointer<UInt8>.allocate(capacity: 32)
    private var idText: UnsafeMutablePointer<UInt8> { traceText + 16 }

    init(_ lines: AccessLineBuffer) { self.lines = lines }

    deinit { traceText.deallocate() }

    func append(_ exchange: Exchange, at now: MonotonicTime) {
        let head = exchange.head
        // Read in place: a copy of the record is three objects held and let go.
        exchange.record.id.write(to: idText)
        var line = AccessRecord()
        line.unixNanoseconds = exchange.loop.unixNanoseconds(at: now)
        line.requestID = exchange.record.givenID?.bytes ?? UnsafeRawBufferPointer(start: idText, count: 16)
        line.clientIP = exchange.clientAddress.bytes
        line.method = head.methodBytes
        line.host = head.authorityBytes
        line.path = head.targetBytes
        line.protocolName = head.version.name.bytes
        line.status = exchange.record.status
        line.bytesIn = exchange.record.bytesIn
        line.bytesOut = exchange.record.bytesOut
        line.durationNanoseconds = Int(now.nanoseconds - exchange.record.started.nanoseconds)
        line.userAgent = head.fields.value(of: .userAgent) ?? AccessRecord.none
        line.referer = head.fields.value(of: .referer) ?? AccessRecord.none
        line.route = exchange.record.route?.bytes ?? AccessRecord.none
        line.reason = exchange.record.reason.text.bytes
        line.cache = exchange.record.cache.text.bytes
        if exchange.record.queueNanoseconds >= 0 { addUpstream(exchange, now, to: &line) }
        if let cause = exchange.cause { line.cause = cause.bytes }
        if exchange.record.trace != .none, let trace = TraceContext.traceID(exchange, in: traceText) {
            line.traceID = trace
            line.spanID = UnsafeRawBufferPointer(start: idText, count: 16)
        }
        lines.append(line)
    }

    private func addUpstream(_ exchange: Exchange, _ now: MonotonicTime, to line: inout AccessRecord) {
        line.queueNanoseconds = Int(exchange.record.queueNanoseconds)
        line.target = exchange.record.target?.bytes ?? AccessRecord.none
        line.breaker = exchange.record.breaker.text.bytes
        line.attempts = exchange.record.attempts
        line.connectNanoseconds = Int(exchange.record.connectNanoseconds)
        line.upstreamHeadNanoseconds = Int(exchange.record.upstreamNanoseconds)
        guard exchange.record.upstreamNanoseconds >= 0 else { return }
        line.upstreamBodyNanoseconds = Int((now - exchange.record.headAt).nanoseconds)
    }

    func handOver() { lines.handOver() }
}
