// What the fields of an HTTP/1 request must say together: Host, body framing, persistence, Expect, Upgrade
// (RFC 9112 §3.2, §6, §9; RFC 9110 §10.1.1, §7.8).
import PorticoCore

enum RequestRules {
    static func apply(to head: RequestHead) throws(HeadFault) {
        var seen = Seen()
        let fields = head.fields
        for index in 0..<fields.entryCount {
            let entry = fields.entry(index)
            switch entry.known {
            case .host:
                guard !seen.host else { throw .bad("more than one Host") }
                seen.host = true
                guard RequestTarget.isValidAuthority(fields.view(entry.value)) else { throw .bad("invalid Host") }
                head.authority = entry.value
            case .contentLength:
                guard let length = fields.view(entry.value).decimal else { throw .bad("invalid Content-Length") }
                guard seen.length == nil || seen.length == length else { throw .bad("conflicting Content-Length") }
                seen.length = length
            case .transferEncoding: seen.transferEncoding = true
            case .connection: noteConnection(fields.view(entry.value), &seen)
            case .expect: seen.expect = true
            case .upgrade: seen.upgrade = true
            default: break
            }
        }
        guard seen.host || head.version == .http10 else { throw .bad("missing Host") }
        try RequestTarget.resolve(head)
        head.framing = try framing(of: head, seen)
        head.keepAlive = head.version == .http11 ? !seen.close : seen.keepAlive && !seen.close
        head.wantsUpgrade = seen.upgrade && seen.connectionUpgrade && head.version == .http11
        if seen.expect, head.version == .http11 { try noteExpectation(head) }
        if head.method == .trace { throw HeadFault(405, "TRACE is not served") }
    }

    private struct Seen {
        var host = false
        var length: Int?
        var transferEncoding = false
        var close = false
        var keepAlive = false
        var connectionUpgrade = false
        var upgrade = false
        var expect = false
    }

    private static func noteConnection(_ value: UnsafeRawBufferPointer, _ seen: inout Seen) {
        if value.listContains("close") { seen.close = true }
        if value.listContains("keep-alive") { seen.keepAlive = true }
        if value.listContains("upgrade") { seen.connectionUpgrade = true }
    }

    private static func noteExpectation(_ head: RequestHead) throws(HeadFault) {
        guard let value = head.fields.value(of: .expect), value.equalsFolded("100-continue") else {
            throw HeadFault(417, "unknown expectation")
        }
        head.expectsContinue = head.hasBody
    }

    private static func framing(of head: RequestHead, _ seen: Seen) throws(HeadFault) -> BodyFraming {
        guard seen.transferEncoding else { return seen.length.map { $0 == 0 ? .none : .length($0) } ?? .none }
        guard head.version != .http10 else { throw .bad("Transfer-Encoding in HTTP/1.0") }
        guard seen.length == nil else { throw .bad("Transfer-Encoding with Content-Length") }
        return try TransferCodings.framing(of: head.fields)
    }
}

enum TransferCodings {
    /// `chunked` must be there once and last; any other coding is not implemented (RFC 9112 §6.1, §7).
    static func framing(of fields: HeadFields) throws(HeadFault) -> BodyFraming {
        var count = 0
        var chunkedCount = 0
        var isChunkedLast = false
        var isEmptyField = false
        fields.forEachValue(of: .transferEncoding) { value in
            if value.isEmpty { isEmptyField = true }
            value.forEachElement {
                count += 1
                isChunkedLast = $0.equalsFolded("chunked")
                if isChunkedLast { chunkedCount += 1 }
            }
        }
        guard count > 0, !isEmptyField else { throw .bad("empty Transfer-Encoding") }
        guard isChunkedLast, chunkedCount == 1 else { throw .bad("Transfer-Encoding does not end in one chunked") }
        guard count == 1 else { throw HeadFault(501, "transfer coding not implemented") }
        return .chunked
    }
}
