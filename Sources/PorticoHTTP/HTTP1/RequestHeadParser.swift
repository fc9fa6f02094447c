// HTTP/1 request heads (RFC 9112 §2-3): one strict pass over the received bytes into a `RequestHead`.
import PorticoCore

package enum RequestHeadParser {
    package enum Outcome: Equatable {
        /// This many bytes were the head.
        case complete(Int)
        case needMore
        /// The HTTP/2 connection preface begins here (RFC 9113 §3.4).
        case http2Preface
    }

    package struct Limits {
        package var head: Int
        package var requestLine: Int

        static let longestRequestLine = 8 << 10

        package init(head: Int, requestLine: Int = Limits.longestRequestLine) {
            self.head = head
            self.requestLine = min(requestLine, head)
        }
    }

    /// Parses from the start of `bytes`. On `complete` the head is filled and owns a copy of its bytes.
    package static func parse(
        _ bytes: Span<UInt8>, into head: RequestHead, limits: Limits
    ) throws(HeadFault) -> Outcome {
        head.reset()
        let length: Int
        do throws(HeadFault) {
            switch try parseLines(bytes, into: head, limits: limits) {
            case .complete(let end): length = end
            case let unfinished:
                // Nothing may point at bytes that are not kept.
                head.reset()
                return unfinished
            }
        } catch {
            // What was understood so far is for the access line.
            bytes.withUnsafeBytes { head.fields.load($0) }
            throw error
        }
        bytes.extracting(0..<length).withUnsafeBytes { head.fields.load($0) }
        try RequestRules.apply(to: head)
        return .complete(length)
    }

    /// Notes where everything lies; the bytes are not loaded yet.
    private static func parseLines(
        _ bytes: Span<UInt8>, into head: RequestHead, limits: Limits
    ) throws(HeadFault) -> Outcome {
        var cursor = 0
        // One empty line before the request is tolerated (RFC 9112 §2.2).
        if bytes.count > 0, bytes[0] == 0x0D {
            guard bytes.count > 1 else { return .needMore }
            guard bytes[1] == 0x0A else { throw .bad("bare CR in head") }
            cursor = 2
        }
        switch try parseRequestLine(bytes, from: &cursor, into: head, limits: limits) {
        case .needMore: return .needMore
        case .http2Preface: return .http2Preface
        case .complete: break
        }
        let outcome = try FieldLines.parse(bytes, from: &cursor, into: head.fields)
        guard (outcome == .complete ? cursor : bytes.count) <= limits.head else {
            throw HeadFault(431, "request head too large")
        }
        return outcome == .complete ? .complete(cursor) : .needMore
    }

    private static func parseRequestLine(
        _ bytes: Span<UInt8>, from cursor: inout Int, into head: RequestHead, limits: Limits
    ) throws(HeadFault) -> Outcome {
        let end = bytes.count
        let start = cursor
        var index = start
        while index < end, ASCII.isToken(bytes[index]) { index += 1 }
        guard index < end else {
            guard index - start <= limits.requestLine else { throw HeadFault(414, "request line too long") }
            return .needMore
        }
        guard index > start, bytes[index] == 0x20 else { throw .bad("malformed request line") }
        head.methodName = Extent(start: start, count: index - start)
        head.method = bytes.extracting(start..<index).withUnsafeBytes { HTTPMethod.recognise($0) }
        index += 1
        let targetStart = index
        // Visible ASCII without the fragment mark.
        while index < end, bytes[index] > 0x20, bytes[index] < 0x7F, bytes[index] != 0x23 { index += 1 }
        guard index - start <= limits.requestLine else { throw HeadFault(414, "request target too long") }
        guard index < end else { return .needMore }
        guard index > targetStart, bytes[index] == 0x20 else { throw .bad("malformed request target") }
        head.target = Extent(start: targetStart, count: index - targetStart)
        return try parseVersion(bytes, at: index + 1, end: &cursor, into: head)
    }

    /// `HTTP/1.x CRLF`.
    private static func parseVersion(
        _ bytes: Span<UInt8>, at start: Int, end cursor: inout Int, into head: RequestHead
    ) throws(HeadFault) -> Outcome {
        let name: StaticString = "HTTP/"
        for offset in 0..<5 {
            guard start + offset < bytes.count else { return .needMore }
            guard bytes[start + offset] == name.utf8Start[offset] else { throw .bad("malformed request line") }
        }
        guard start + 7 < bytes.count else { return .needMore }
        let major = bytes[start + 5]
        let minor = bytes[start + 7]
        guard major &- 0x30 < 10, bytes[start + 6] == 0x2E, minor &- 0x30 < 10 else {
            throw .bad("malformed protocol version")
        }
        guard start + 9 < bytes.count else { return .needMore }
        guard bytes[start + 8] == 0x0D, bytes[start + 9] == 0x0A else {
            throw bytes[start + 8] == 0x0A ? .bad("bare LF in head") : .bad("malformed request line")
        }
        if major == 0x32, minor == 0x30, head.methodName.count == 3, head.target.count == 1, head.methodName.start == 0,
            bytes[0] == 0x50, bytes[1] == 0x52, bytes[2] == 0x49, bytes[4] == 0x2A
        {
            return .http2Preface
        }
        guard major == 0x31 else { throw HeadFault(505, "protocol version not supported") }
        head.version = minor == 0x30 ? .http10 : .http11
        cursor = start + 10
        return .complete(cursor)
    }
}
