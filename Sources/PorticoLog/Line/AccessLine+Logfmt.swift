// The access line as `key=value` pairs: the fields of the JSON line, in its order.
import PorticoConfig

extension AccessLineBuffer {
    func writeLogfmt(_ record: borrowing AccessRecord, to cursor: inout LineCursor) {
        cursor.literal("time=")
        writeTime(record.unixNanoseconds, to: &cursor)
        cursor.literal("Z level=")
        cursor.literal(record.effectiveLevel.text)
        Self.pair(" request_id=", record.requestID, to: &cursor)
        Self.pair(" client_ip=", record.clientIP, to: &cursor)
        Self.pair(" method=", record.method, to: &cursor)
        Self.pair(" host=", record.host, to: &cursor)
        Self.pair(" path=", record.path, to: &cursor)
        Self.pair(" protocol=", record.protocolName, to: &cursor)
        cursor.literal(" status=")
        cursor.decimal(record.status)
        cursor.literal(" bytes_in=")
        cursor.decimal(record.bytesIn)
        cursor.literal(" bytes_out=")
        cursor.decimal(record.bytesOut)
        cursor.literal(" duration_ms=")
        cursor.milliseconds(record.durationNanoseconds)
        Self.optional(" route=", record.route, to: &cursor)
        Self.optional(" target=", record.target, to: &cursor)
        if record.upstreamNanoseconds >= 0 {
            cursor.literal(" upstream_ms=")
            cursor.milliseconds(record.upstreamNanoseconds)
        }
        if record.attempts > 0 {
            cursor.literal(" attempts=")
            cursor.decimal(record.attempts)
        }
        Self.optional(" user_agent=", record.userAgent, to: &cursor)
        Self.optional(" referer=", record.referer, to: &cursor)
        Self.optional(" reason=", record.reason, to: &cursor)
        cursor.byte(0x0A)
    }

    private static func optional(_ key: StaticString, _ bytes: UnsafeRawBufferPointer, to cursor: inout LineCursor) {
        if !bytes.isEmpty { pair(key, bytes, to: &cursor) }
    }

    /// Bare where it cannot be misread, else quoted and escaped.
    private static func pair(_ key: StaticString, _ bytes: UnsafeRawBufferPointer, to cursor: inout LineCursor) {
        cursor.literal(key)
        let isBare = !bytes.isEmpty && bytes.allSatisfy(LogfmtLayout.isBare)
        if !isBare { cursor.byte(UInt8(ascii: "\"")) }
        value(bytes, to: &cursor)
        if !isBare { cursor.byte(UInt8(ascii: "\"")) }
    }
}
