// HTTP/1 response heads, as backends send them (RFC 9112 §4, §6.3), and the framing of their bodies.
import PorticoCore

package struct ResponseHeadView {
    package let fields = HeadFields()
    package var status = 0
    package var version = HTTPVersion.http11
    package var framing = BodyFraming.none
    package var keepAlive = true

    package init() {}
}

package enum ResponseHeadParser {
    package enum Outcome: Equatable {
        case complete(Int)
        case needMore
    }

    /// Parses a response to `request`, whose method decides whether there can be a body.
    package static func parse(
        _ bytes: Span<UInt8>, into head: inout ResponseHeadView, answering request: HTTPMethod, limit: Int
    ) throws(HeadFault) -> Outcome {
        head.fields.clear()
        var cursor = 0
        guard try parseStatusLine(bytes, end: &cursor, into: &head) else {
            guard bytes.count <= limit else { throw HeadFault(502, "response head too large") }
            return .needMore
        }
        let outcome = try FieldLines.parse(bytes, from: &cursor, into: head.fields)
        guard (outcome == .complete ? cursor : bytes.count) <= limit else {
            throw HeadFault(502, "response head too large")
        }
        guard outcome == .complete else { return .needMore }
        bytes.extracting(0..<cursor).withUnsafeBytes { head.fields.load($0) }
        try frame(&head, answering: request)
        return .complete(cursor)
    }

    /// `HTTP/1.x SP 3DIGIT [SP reason] CRLF`. False where more bytes are needed.
    private static func parseStatusLine(
        _ bytes: Span<UInt8>, end cursor: inout Int, into head: inout ResponseHeadView
    ) throws(HeadFault) -> Bool {
        let name: StaticString = "HTTP/1."
        for offset in 0..<min(7, bytes.count) where bytes[offset] != name.utf8Start[offset] {
            throw .bad("response is not HTTP/1")
        }
        guard bytes.count > 12 else { return false }
        guard bytes[7] == 0x30 || bytes[7] == 0x31, bytes[8] == 0x20 else { throw .bad("malformed status line") }
        head.version = bytes[7] == 0x30 ? .http10 : .http11
        var status = 0
        for offset in 9..<12 {
            guard bytes[offset] &- 0x30 < 10 else { throw .bad("malformed status code") }
            status = status * 10 + Int(bytes[offset] - 0x30)
        }
        guard status >= 100, status < 600 else { throw .bad("status code out of range") }
        guard bytes[12] == 0x20 || bytes[12] == 0x0D else { throw .bad("malformed status line") }
        head.status = status
        var index = 12
        index = ASCII.endOfFieldValue(bytes, from: index)
        guard index + 1 < bytes.count else { return false }
        guard bytes[index] == 0x0D, bytes[index + 1] == 0x0A else { throw .bad("malformed status line") }
        cursor = index + 2
        return true
    }

    private static func frame(_ head: inout ResponseHeadView, answering request: HTTPMethod) throws(HeadFault) {
        let fields = head.fields
        let isClose = fields.list(.connection, contains: "close")
        head.keepAlive =
            head.version == .http11 ? !isClose : !isClose && fields.list(.connection, contains: "keep-alive")
        // What such a backend sends next may be a body: the connection is not to be trusted with another answer.
        if head.status == 204, fields.has(.transferEncoding) || fields.value(of: .contentLength)?.decimal ?? 0 != 0 {
            head.keepAlive = false
        }
        if request == .head || head.status < 200 || head.status == 204 || head.status == 304 {
            head.framing = .none
            return
        }
        if fields.value(of: .transferEncoding) != nil {
            guard fields.value(of: .contentLength) == nil else {
                throw .bad("response has Transfer-Encoding and Content-Length")
            }
            head.framing = try TransferCodings.framing(of: fields)
            return
        }
        var length: Int?
        var isInvalid = false
        fields.forEachValue(of: .contentLength) { value in
            guard let number = value.decimal, length == nil || length == number else { return isInvalid = true }
            length = number
        }
        guard !isInvalid else { throw .bad("invalid Content-Length in response") }
        head.framing = length.map { .length($0) } ?? .untilClose
        if head.framing == .untilClose { head.keepAlive = false }
    }
}
