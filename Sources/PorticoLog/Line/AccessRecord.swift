// What is known about a request when it ends: views and integers, no objects. AccessLineBuffer makes a line of it.
package import PorticoConfig

/// The values of one access line. The views point into memory of the caller and are read during `append` only; an empty
/// view and a negative number mean "none". It cannot be copied, so that nobody keeps it beyond that call.
package struct AccessRecord: ~Copyable {
    /// The wall clock when the line is written, in nanoseconds since 1970.
    package var unixNanoseconds: Int64 = 0
    /// Nil: what the status tells (see `effectiveLevel`).
    package var level: LogLevel?
    package var requestID = AccessRecord.none
    package var clientIP = AccessRecord.none
    package var method = AccessRecord.none
    package var host = AccessRecord.none
    /// The request target as it came in, query included.
    package var path = AccessRecord.none
    /// `HTTP/1.1`, `HTTP/2`.
    package var protocolName = AccessRecord.none
    package var status = 0
    package var bytesIn = 0
    package var bytesOut = 0
    package var durationNanoseconds = 0
    package var route = AccessRecord.none
    /// `hit`, `miss`, `encoded`; empty where no file was asked for.
    package var cache = AccessRecord.none
    /// Below zero: no backend was to answer, and none of the fields up to the trace is written.
    package var queueNanoseconds = -1
    package var target = AccessRecord.none
    package var breaker = AccessRecord.none
    package var attempts = 0
    /// What was said of the failure behind `reason`.
    package var cause = AccessRecord.none
    package var connectNanoseconds = -1
    package var upstreamHeadNanoseconds = -1
    package var upstreamBodyNanoseconds = -1
    /// 32 hex digits of W3C trace context, and the 16 of our span in it.
    package var traceID = AccessRecord.none
    package var spanID = AccessRecord.none
    package var userAgent = AccessRecord.none
    package var referer = AccessRecord.none
    /// Why the request ended as it did: an `EndReason`.
    package var reason = AccessRecord.literal("ok")

    package init() {}

    package static var none: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }

    /// A literal as a value: `record.protocolName = AccessRecord.literal("HTTP/1.1")`.
    @inlinable
    package static func literal(_ text: StaticString) -> UnsafeRawBufferPointer {
        // SAFETY: a literal of more than one byte lives as long as the program.
        UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }
}

extension AccessRecord {
    /// A server's fault is an `error`; all else, a client's fault too, is everyday traffic and `info`.
    @inline(__always)
    var effectiveLevel: LogLevel { level ?? (status >= 500 ? .error : .info) }
}

extension LogLevel {
    /// The word in a line.
    @inline(__always)
    var text: StaticString {
        switch self {
        case .trace: "trace"
        case .debug: "debug"
        case .info: "info"
        case .notice: "notice"
        case .warning: "warning"
        case .error: "error"
        case .critical: "critical"
        }
    }
}
