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
        if rules.hasIDs {
            cursor.literal(#"","request_id":""#)
            Self.value(record.requestID, to: &cursor)
        }
        cursor.literal(#"","client_ip":""#)
        Self.value(record.clientIP, to: &cursor)
        cursor.literal(#"","method":""#)
        Self.value(record.method, to: &cursor)
        cursor.literal(#"","host":""#)
        Self.value(record.host, to: &cursor)
        cursor.literal(#"","path":""#)
        address(record.path, to: &cursor)
        cursor.literal(#"","protocol":""#)
        Self.value(record.protocolName, to: &cursor)
        cursor.literal(#"","status":"#)
        cursor.decimal(record.status)
        cursor.literal(#","bytes_in":"#)
        cursor.decimal(record.bytesIn)
        cursor.literal(#","bytes_out":"#)
        cursor.decimal(record.bytesOut)
        cursor.literal(#","total_ms":"#)
        cursor.milliseconds(record.durationNanoseconds)
        writeOptional(record, to: &cursor)
        cursor.literal("}\n")
    }

    @inline(__always)
    private func writeOptional(_ record: borrowing AccessRecord, to cursor: inout LineCursor) {
        cursor.literal(#","reason":""#)
        cursor.copy(record.reason)
        cursor.byte(UInt8(ascii: "\""))
        Self.field(#","route":""#, record.route, to: &cursor)
        Self.plain(#","cache":""#, record.cache, to: &cursor)
        if record.queueNanoseconds >= 0 { writeUpstream(record, to: &cursor) }
        Self.field(#","cause":""#, record.cause, to: &cursor)
        if rules.hasIDs, !record.traceID.isEmpty {
            Self.plain(#","trace_id":""#, record.traceID, to: &cursor)
            Self.plain(#","span_id":""#, record.spanID, to: &cursor)
        }
        if !record.userAgent.isEmpty {
            cursor.literal(#","user_agent":""#)
            userAgent(of: record, to: &cursor)
            cursor.byte(UInt8(ascii: "\""))
        }
        if !record.referer.isEmpty {
            cursor.literal(#","referer":""#)
            referer(of: record, to: &cursor)
            cursor.byte(UInt8(ascii: "\""))
        }
    }

    /// What a request to a backend tells beyond others.
    @inline(never)
    private func writeUpstream(_ record: borrowing AccessRecord, to cursor: inout LineCursor) {
        Self.field(#","target":""#, record.target, to: &cursor)
        Self.plain(#","breaker":""#, record.breaker, to: &cursor)
        cursor.literal(#","attempts":"#)
        cursor.decimal(record.attempts)
        guard rules.hasPhases else { return }
        Self.phase(#","queue_ms":"#, record.queueNanoseconds, to: &cursor)
        Self.phase(#","connect_ms":"#, record.connectNanoseconds, to: &cursor)
        Self.phase(#","upstream_head_ms":"#, record.upstreamHeadNanoseconds, to: &cursor)
        Self.phase(#","upstream_body_ms":"#, record.upstreamBodyNanoseconds, to: &cursor)
    }

    /// A phase that was not reached is left out.
    @inline(__always)
    private static func phase(_ key: StaticString, _ nanoseconds: Int, to cursor: inout LineCursor) {
        guard nanoseconds >= 0 else { return }
        cursor.literal(key)
        cursor.milliseconds(nanoseconds)
    }

    /// One of our own words: nothing to escape.
    @inline(__always)
    private static func plain(_ key: StaticString, _ bytes: UnsafeRawBufferPointer, to cursor: inout LineCursor) {
        guard !bytes.isEmpty else { return }
        cursor.literal(key)
        cursor.copy(bytes)
        cursor.byte(UInt8(ascii: "\""))
    }

    @inline(__always)
    private static func field(_ key: StaticString, _ bytes: UnsafeRawBufferPointer, to cursor: inout LineCursor) {
        guard !bytes.isEmpty else { return }
        cursor.literal(key)
        value(bytes, to: &cursor)
        cursor.byte(UInt8(ascii: "\""))
    }
}
