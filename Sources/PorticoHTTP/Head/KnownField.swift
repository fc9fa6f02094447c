// The field names that Portico itself looks at, so that a lookup compares one byte instead of a name.
import PorticoCore

package enum KnownField: UInt8, Sendable, CaseIterable {
    case other
    /// Unknown, with `_` in its name: it may shadow a field that we set (`X_Forwarded_For`).
    case underscored
    case te, via, age
    case host, date, etag, vary
    case range, allow
    case accept, cookie, expect, server
    case upgrade, trailer, referer
    case ifMatch, ifRange, location
    case forwarded
    case connection, keepAlive, userAgent
    case traceparent
    case contentType, xRequestID
    case cacheControl, ifNoneMatch, lastModified
    case contentLength
    case acceptEncoding, xForwardedFor
    case proxyConnection, contentEncoding, xForwardedHost
    case transferEncoding, ifModifiedSince, xForwardedProto, secWebSocketKey
    case proxyAuthenticate
    case proxyAuthorization, ifUnmodifiedSince
    case secWebSocketVersion

    /// By length first, then bytes.
    static func recognise(_ name: UnsafeRawBufferPointer, underscored: Bool) -> KnownField {
        if underscored { return .underscored }
        switch name.count {
        case 2: return name.equalsFolded("te") ? .te : .other
        case 3: return pick(name, ("via", .via), ("age", .age))
        case 4:
            if name.equalsFolded("host") { return .host }
            return pick(name, ("date", .date), ("etag", .etag), ("vary", .vary))
        case 5: return pick(name, ("range", .range), ("allow", .allow))
        case 6:
            if name.equalsFolded("accept") { return .accept }
            return pick(name, ("cookie", .cookie), ("expect", .expect), ("server", .server))
        case 7: return pick(name, ("upgrade", .upgrade), ("trailer", .trailer), ("referer", .referer))
        case 8: return pick(name, ("if-match", .ifMatch), ("if-range", .ifRange), ("location", .location))
        case 9: return name.equalsFolded("forwarded") ? .forwarded : .other
        case 10:
            return pick(name, ("connection", .connection), ("user-agent", .userAgent), ("keep-alive", .keepAlive))
        case 11: return name.equalsFolded("traceparent") ? .traceparent : .other
        case 12: return pick(name, ("content-type", .contentType), ("x-request-id", .xRequestID))
        case 13:
            return pick(
                name, ("cache-control", .cacheControl), ("if-none-match", .ifNoneMatch),
                ("last-modified", .lastModified))
        case 14: return name.equalsFolded("content-length") ? .contentLength : .other
        case 15: return pick(name, ("accept-encoding", .acceptEncoding), ("x-forwarded-for", .xForwardedFor))
        case 16:
            return pick(
                name, ("content-encoding", .contentEncoding), ("x-forwarded-host", .xForwardedHost),
                ("proxy-connection", .proxyConnection))
        case 17: return recognise17(name)
        case 18: return name.equalsFolded("proxy-authenticate") ? .proxyAuthenticate : .other
        case 19:
            return pick(name, ("if-unmodified-since", .ifUnmodifiedSince), ("proxy-authorization", .proxyAuthorization))
        case 21: return name.equalsFolded("sec-websocket-version") ? .secWebSocketVersion : .other
        default: return .other
        }
    }

    private static func recognise17(_ name: UnsafeRawBufferPointer) -> KnownField {
        if name.equalsFolded("transfer-encoding") { return .transferEncoding }
        return pick(
            name, ("if-modified-since", .ifModifiedSince), ("x-forwarded-proto", .xForwardedProto),
            ("sec-websocket-key", .secWebSocketKey))
    }

    private typealias Candidate = (name: StaticString, field: KnownField)

    @inline(__always)
    private static func pick(_ name: UnsafeRawBufferPointer, _ one: Candidate, _ two: Candidate) -> KnownField {
        name.equalsFolded(one.name) ? one.field : name.equalsFolded(two.name) ? two.field : .other
    }

    @inline(__always)
    private static func pick(
        _ name: UnsafeRawBufferPointer, _ one: Candidate, _ two: Candidate, _ three: Candidate
    ) -> KnownField {
        name.equalsFolded(one.name) ? one.field : pick(name, two, three)
    }
}
