// The access line as one JSON object.
import PorticoConfig

extension AccessLineBuffer {
    @inline(__always)
    func writeJSON(_ record: borrowing AccessRecord, to cursor: inout LineCursor) {
        cursor.literal(#"{"time":""#)
        writeTime(record.unixNanoseconds, to: &cursor)
        cursor.literal(#"Z","level":""#)
        switch record.effectiveLevel {
        case .info: cursor.literal("info")
        case let level: cursor.literal(level.text)
        }
        cursor.literal(#"","request_id":""#)
        Self.value(record.requestID, to: &cursor)
        cursor.literal(#"","client_ip":""#)
        Self.value(record.clientIP, to: &cursor)
        cursor.literal(#"","method":""#)
        Self.value(record.method, to: &cursor)
        cursor.literal(#"","host":""#)
        Self.value(record.host, to: &cursor)
        cursor.literal(#"","path":""#)
        Self.value(record.path, to: &cursor)
        cursor.literal(#"","protocol":""#)
        Self.value(record.protocolName, to: &cursor)
        cursor.literal(#"","status":"#)
        cursor.decimal(record.status)
        cursor.literal(#","bytes_in":"#)
        cursor.decimal(record.bytesIn)
        cursor.literal(#","bytes_out":"#)
        cursor.decimal(record.bytesOut)
        cursor.literal(#","duration_ms":"#)
        cursor.milliseconds(record.durationNanoseconds)
        writeOptional(record, to: &cursor)
        cursor.literal("}\n")
    }

    @inline(__always)
    private func writeOptional(_ record: borrowing AccessRecord, to cursor: inout LineCursor) {
        Self.field(#","route":""#, record.route, to: &cursor)
        Self.field(#","target":""#, record.target, to: &cursor)
        if record.upstreamNanoseconds >= 0 {
            cursor.literal(#","upstream_ms":"#)
            cursor.milliseconds(record.upstreamNanoseconds)
        }
        if record.attempts > 0 {
            cursor.literal(#","attempts":"#)
            cursor.decimal(record.attempts)
        }
        Self.field(#","user_agent":""#, record.userAgent, to: &cursor)
        Self.field(#","referer":""#, record.referer, to: &cursor)
        Self.field(#","reason":""#, record.reason, to: &cursor)
    }

    @inline(__always)
    private static func field(_ key: StaticString, _ bytes: UnsafeRawBufferPointer, to cursor: inout LineCursor) {
        guard !bytes.isEmpty else { return }
        cursor.literal(key)
        value(bytes, to: &cursor)
        cursor.byte(UInt8(ascii: "\""))
    }
}
