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
        let record = exchange.record
        record.id.write(to: idText)
        var line = AccessRecord()
        line.unixNanoseconds = exchange.loop.unixNanoseconds(at: now)
        line.requestID = record.givenID?.bytes ?? UnsafeRawBufferPointer(start: idText, count: 16)
        line.clientIP = exchange.clientAddress.bytes
        line.method = head.methodBytes
        line.host = head.authorityBytes
        line.path = head.targetBytes
        line.protocolName = head.version.name.bytes
        line.status = record.status
        line.bytesIn = record.bytesIn
        line.bytesOut = record.bytesOut
        line.durationNanoseconds = Int(now.nanoseconds - record.started.nanoseconds)
        line.userAgent = head.fields.value(of: .userAgent) ?? AccessRecord.none
        line.referer = head.fields.value(of: .referer) ?? AccessRecord.none
        line.route = record.route?.bytes ?? AccessRecord.none
        line.reason = record.reason.text.bytes
        line.cache = record.cache.text.bytes
        if record.queueNanoseconds >= 0 { addUpstream(record, now, to: &line) }
        if record.trace != .none, let trace = TraceContext.traceID(exchange, in: traceText) {
            line.traceID = trace
            line.spanID = UnsafeRawBufferPointer(start: idText, count: 16)
        }
        lines.append(line)
    }

    private func addUpstream(_ record: ExchangeRecord, _ now: MonotonicTime, to line: inout AccessRecord) {
        line.queueNanoseconds = Int(record.queueNanoseconds)
        line.target = record.target?.bytes ?? AccessRecord.none
        line.breaker = record.breaker.text.bytes
        line.attempts = record.attempts
        line.connectNanoseconds = Int(record.connectNanoseconds)
        line.upstreamHeadNanoseconds = Int(record.upstreamNanoseconds)
        guard record.upstreamNanoseconds >= 0 else { return }
        line.upstreamBodyNanoseconds = Int((now - record.headAt).nanoseconds)
    }

    func handOver() { lines.handOver() }
}
