// The access line as `key=value` pairs: the fields of the JSON line, in its order.
import PorticoConfig

extension AccessLineBuffer {
    func writeLogfmt(_ record: borrowing AccessRecord, to cursor: inout LineCursor) {
        cursor.literal("time=")
        writeTime(record.unixNanoseconds, to: &cursor)
        cursor.literal("Z level=")
        cursor.literal(record.effectiveLevel.text)
        if rules.hasIDs { Self.pair(" request_id=", record.requestID, to: &cursor) }
        Self.pair(" client_ip=", record.clientIP, to: &cursor)
        Self.pair(" method=", record.method, to: &cursor)
        Self.pair(" host=", record.host, to: &cursor)
        pair(" path=", record.path, to: &cursor) { bytes, cursor in address(bytes, to: &cursor) }
        Self.pair(" protocol=", record.protocolName, to: &cursor)
        cursor.literal(" status=")
        cursor.decimal(record.status)
        cursor.literal(" bytes_in=")
        cursor.decimal(record.bytesIn)
        cursor.literal(" bytes_out=")
        cursor.decimal(record.bytesOut)
        cursor.literal(" total_ms=")
        cursor.milliseconds(record.durationNanoseconds)
        Self.pair(" reason=", record.reason, to: &cursor)
        Self.optional(" route=", record.route, to: &cursor)
        Self.optional(" cache=", record.cache, to: &cursor)
        if record.queueNanoseconds >= 0 { writeUpstream(record, to: &cursor) }
        Self.optional(" cause=", record.cause, to: &cursor)
        if rules.hasIDs {
            Self.optional(" trace_id=", record.traceID, to: &cursor)
            Self.optional(" span_id=", record.spanID, to: &cursor)
        }
        if !record.userAgent.isEmpty {
            pair(" user_agent=", record.userAgent, to: &cursor) { _, cursor in userAgent(of: record, to: &cursor) }
        }
        if !record.referer.isEmpty {
            pair(" referer=", record.referer, to: &cursor) { _, cursor in referer(of: record, to: &cursor) }
        }
        cursor.byte(0x0A)
    }

    private func writeUpstream(_ record: borrowing AccessRecord, to cursor: inout LineCursor) {
        Self.optional(" target=", record.target, to: &cursor)
        Self.optional(" breaker=", record.breaker, to: &cursor)
        cursor.literal(" attempts=")
        cursor.decimal(record.attempts)
        guard rules.hasPhases else { return }
        Self.phase(" queue_ms=", record.queueNanoseconds, to: &cursor)
        Self.phase(" connect_ms=", record.connectNanoseconds, to: &cursor)
        Self.phase(" upstream_head_ms=", record.upstreamHeadNanoseconds, to: &cursor)
        Self.phase(" upstream_body_ms=", record.upstreamBodyNanoseconds, to: &cursor)
    }

    private static func phase(_ key: StaticString, _ nanoseconds: Int, to cursor: inout LineCursor) {
        guard nanoseconds >= 0 else { return }
        cursor.literal(key)
        cursor.milliseconds(nanoseconds)
    }

    private static func optional(_ key: StaticString, _ bytes: UnsafeRawBufferPointer, to cursor: inout LineCursor) {
        if !bytes.isEmpty { pair(key, bytes, to: &cursor) }
    }

    private static func pair(_ key: StaticString, _ bytes: UnsafeRawBufferPointer, to cursor: inout LineCursor) {
        cursor.literal(key)
        let isBare = isBare(bytes)
        if !isBare { cursor.byte(UInt8(ascii: "\"")) }
        value(bytes, to: &cursor)
        if !isBare { cursor.byte(UInt8(ascii: "\"")) }
    }

    /// The same for what may be redacted on its way.
    private func pair(
        _ key: StaticString, _ bytes: UnsafeRawBufferPointer, to cursor: inout LineCursor,
        value: (UnsafeRawBufferPointer, inout LineCursor) -> Void
    ) {
        cursor.literal(key)
        let isBare = Self.isBare(bytes)
        if !isBare { cursor.byte(UInt8(ascii: "\"")) }
        value(bytes, &cursor)
        if !isBare { cursor.byte(UInt8(ascii: "\"")) }
    }

    /// What cannot be misread stands as it is, all else quoted and escaped.
    private static func isBare(_ bytes: UnsafeRawBufferPointer) -> Bool {
        !bytes.isEmpty && bytes.allSatisfy(LogfmtLayout.isBare)
    }
}
