// The facts of one request head, protocol-neutral: HTTP/1.1 and HTTP/2 both fill it, everything above reads it.
import PorticoCore

package enum HTTPMethod: UInt8, Sendable {
    case get, head, post, put, delete, options, patch, connect, trace, other

    /// Safe to send twice (RFC 9110 §9.2.2).
    package var isIdempotent: Bool {
        switch self {
        case .get, .head, .put, .delete, .options, .trace: true
        case .post, .patch, .connect, .other: false
        }
    }

    static func recognise(_ name: UnsafeRawBufferPointer) -> HTTPMethod {
        switch name.count {
        case 3: name.equals("GET") ? .get : name.equals("PUT") ? .put : .other
        case 4: name.equals("HEAD") ? .head : name.equals("POST") ? .post : .other
        case 5: name.equals("PATCH") ? .patch : name.equals("TRACE") ? .trace : .other
        case 6: name.equals("DELETE") ? .delete : .other
        case 7: name.equals("OPTIONS") ? .options : name.equals("CONNECT") ? .connect : .other
        default: .other
        }
    }
}

package enum HTTPVersion: UInt8, Sendable {
    case http10, http11, http2

    package var name: StaticString {
        switch self {
        case .http10: "HTTP/1.0"
        case .http11: "HTTP/1.1"
        case .http2: "HTTP/2"
        }
    }
}

/// How long a message body is (RFC 9112 §6.3).
package enum BodyFraming: Equatable, Sendable {
    case none
    case length(Int)
    case chunked
    /// Responses only: until the connection closes.
    case untilClose
}

/// Extents point into `fields`; the head is valid until its exchange ends. One object per connection or stream, filled
/// again for each request.
package final class RequestHead {
    package let fields = HeadFields()
    package var method = HTTPMethod.get
    package var methodName = Extent.none
    package var version = HTTPVersion.http11
    /// As it was sent, from the first slash: path and query. `*` for OPTIONS *.
    package var target = Extent.none
    package var path = Extent.none
    /// Without the question mark; `hasQuery` tells an empty one from none.
    package var query = Extent.none
    package var hasQuery = false
    /// Host and port the client asked for: the target's authority, else `Host`. Empty for HTTP/1.0 without.
    package var authority = Extent.none
    /// The path to route on where it differs from the bytes sent: unreserved characters decoded, dot segments removed.
    package var normalisedPath: [UInt8]?
    /// Bytes at the start of that path that name the place where the answering site lies; its files see the rest.
    package var mountLength = 0
    /// The path that a backend gets where a rule of its route rewrote it, with a query where the rule wrote one.
    package var rewrittenPath: [UInt8]?
    package var framing = BodyFraming.none
    package var keepAlive = true
    package var expectsContinue = false
    /// `Connection: upgrade` and an `Upgrade` field.
    package var wantsUpgrade = false

    package init() {}

    func reset() {
        method = .get
        methodName = .none
        version = .http11
        target = .none
        path = .none
        query = .none
        hasQuery = false
        authority = .none
        if normalisedPath != nil { normalisedPath = nil }
        mountLength = 0
        if rewrittenPath != nil { rewrittenPath = nil }
        framing = .none
        keepAlive = true
        expectsContinue = false
        wantsUpgrade = false
        fields.clear()
    }

    package var methodBytes: UnsafeRawBufferPointer { fields.view(methodName) }
    package var targetBytes: UnsafeRawBufferPointer { fields.view(target) }
    package var authorityBytes: UnsafeRawBufferPointer { fields.view(authority) }
    package var queryBytes: UnsafeRawBufferPointer { fields.view(query) }

    package var hasBody: Bool { framing != .none && framing != .length(0) }

    /// The path that routes are found by, and files below the place where their site lies.
    package func withRoutingPath<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let mount = mountLength
        if mount == 0 { return withWholePath(body) }
        return withWholePath { body(UnsafeRawBufferPointer(rebasing: $0[min(mount, $0.count)...])) }
    }

    /// The same from the host's root on, wherever the answering site lies.
    package func withWholePath<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        if let normalisedPath { return normalisedPath.withUnsafeBytes(body) }
        return body(fields.view(path))
    }

    /// Whether the path names the place of a site that lies below the root, without its slash.
    package var isMountItself: Bool { mountLength > 0 && withRoutingPath(\.isEmpty) }

    /// The authority without its port, as the client wrote it.
    package var hostBytes: UnsafeRawBufferPointer {
        let authority = authorityBytes
        guard let colon = authority.lastIndex(of: 0x3A) else { return authority }
        if let bracket = authority.lastIndex(of: 0x5D), bracket > colon { return authority }
        return UnsafeRawBufferPointer(rebasing: authority[..<colon])
    }
}
