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
    package var target = AccessRecord.none
    package var upstreamNanoseconds = -1
    /// How many targets were tried; 0: none was needed.
    package var attempts = 0
    package var userAgent = AccessRecord.none
    package var referer = AccessRecord.none
    /// Why the request ended as it did, where that is more than its status.
    package var reason = AccessRecord.none

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
