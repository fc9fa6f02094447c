// From a finished exchange to its access line.
import PorticoCore
import PorticoHTTP
import PorticoLog

/// One per event loop.
final class AccessLog {
    private let lines: AccessLineBuffer
    // SAFETY: sixteen bytes that belong to this object alone, freed in deinit.
    private let idText = UnsafeMutablePointer<UInt8>.allocate(capacity: 16)

    init(_ lines: AccessLineBuffer) { self.lines = lines }

    deinit { idText.deallocate() }

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
        line.upstreamNanoseconds = Int(record.upstreamNanoseconds)
        line.attempts = record.attempts
        line.userAgent = head.fields.value(of: .userAgent) ?? AccessRecord.none
        line.referer = head.fields.value(of: .referer) ?? AccessRecord.none
        line.route = record.route?.bytes ?? AccessRecord.none
        line.target = record.target?.bytes ?? AccessRecord.none
        line.reason = record.reason.bytes
        lines.append(line)
    }

    func handOver() { lines.handOver() }
}
