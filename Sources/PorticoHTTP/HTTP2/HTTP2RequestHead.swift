// HTTP/2 request headers (RFC 9113 §8) into the same `RequestHead` that HTTP/1 fills, as strictly: what is forwarded over
// HTTP/1 must not carry what HTTP/1 could not. It does all of the validation; NIOHTTP2's own is switched off.
import NIOCore
import NIOHPACK
import PorticoCore

enum HTTP2RequestHead {
    /// What the block has shown so far.
    private struct Seen {
        var pseudo: UInt8 = 0
        var hasRegular = false
        var host: Extent?
        var length: Int?
    }

    /// Pseudo-header fields as bits: each once, the first three always (RFC 9113 §8.3.1).
    private enum Pseudo {
        static let method: UInt8 = 1
        static let scheme: UInt8 = 2
        static let path: UInt8 = 4
        static let authority: UInt8 = 8
        static let required = method | scheme | path
    }

    static func fill(_ head: RequestHead, from headers: HPACKHeaders, endStream: Bool) throws(HeadFault) {
        head.reset()
        head.version = .http2
        var seen = Seen()
        for (name, value, _) in headers {
            if name.utf8.first == 0x3A {
                guard !seen.hasRegular else { throw .bad("pseudo-header behind a header") }
                try note(pseudo: name, value, in: head, &seen)
            } else {
                seen.hasRegular = true
                try note(regular: name, value, in: head, &seen)
            }
        }
        if head.method == .connect { throw HeadFault(405, "CONNECT is not served") }
        guard seen.pseudo & Pseudo.required == Pseudo.required else { throw .bad("missing pseudo-header") }
        if let host = seen.host {
            if head.authority == .none {
                head.authority = host
            } else if !head.authorityBytes.equals(head.fields.view(host)) {
                throw .bad("Host differs from :authority")
            }
        }
        try finish(head, length: seen.length, endStream: endStream)
    }

    private static func finish(_ head: RequestHead, length: Int?, endStream: Bool) throws(HeadFault) {
        guard head.fields.entryCount <= FieldLines.maxFields else { throw HeadFault(431, "too many header fields") }
        guard RequestTarget.isValidAuthority(head.authorityBytes) else { throw .bad("invalid authority") }
        try RequestTarget.resolve(head)
        if head.method == .trace { throw HeadFault(405, "TRACE is not served") }
        if endStream {
            head.framing = .none
        } else {
            head.framing = length.map { .length($0) } ?? .chunked
        }
        head.expectsContinue = head.hasBody && head.fields.value(of: .expect)?.equalsFolded("100-continue") == true
    }

    // MARK: Fields

    private static func note(
        pseudo name: String, _ value: String, in head: RequestHead, _ seen: inout Seen
    ) throws(HeadFault) {
        let extent = append(value, to: head.fields)
        let bytes = head.fields.view(extent)
        let bit: UInt8
        switch name {
        case ":method":
            bit = Pseudo.method
            guard !bytes.isEmpty, bytes.allSatisfy(ASCII.isToken) else { throw .bad("invalid method") }
            head.methodName = extent
            head.method = HTTPMethod.recognise(bytes)
        case ":path":
            bit = Pseudo.path
            guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x23 }) else { throw .bad("invalid path") }
            guard bytes.count <= RequestHeadParser.Limits.longestRequestLine else {
                throw HeadFault(414, "request target too long")
            }
            guard bytes.first == 0x2F || bytes.equals("*") else { throw .bad("invalid path") }
            head.target = extent
        case ":authority":
            bit = Pseudo.authority
            head.authority = extent
        case ":scheme":
            bit = Pseudo.scheme
            guard bytes.equalsFolded("http") || bytes.equalsFolded("https") else { throw .bad("invalid scheme") }
        default: throw .bad("unknown pseudo-header")
        }
        guard seen.pseudo & bit == 0 else { throw .bad("repeated pseudo-header") }
        seen.pseudo |= bit
    }

    private static func note(
        regular name: String, _ value: String, in head: RequestHead, _ seen: inout Seen
    ) throws(HeadFault) {
        let fields = head.fields
        let nameExtent = append(name, to: fields)
        let valueExtent = append(value, to: fields)
        let underscored = try checkName(fields.view(nameExtent))
        let bytes = fields.view(valueExtent)
        for byte in bytes where !ASCII.isFieldValue(byte) { throw .bad("control character in header value") }
        let known = KnownField.recognise(fields.view(nameExtent), underscored: underscored)
        switch known {
        // Fields of one connection have no place in HTTP/2 (RFC 9113 §8.2.2).
        case .connection, .keepAlive, .proxyConnection, .transferEncoding, .upgrade:
            throw .bad("connection header in HTTP/2")
        case .te: guard bytes.equalsFolded("trailers") else { throw .bad("TE other than trailers in HTTP/2") }
        case .host:
            guard seen.host == nil else { throw .bad("more than one Host") }
            seen.host = valueExtent
        case .contentLength:
            guard let length = bytes.decimal, seen.length == nil || seen.length == length else {
                throw .bad("invalid Content-Length")
            }
            seen.length = length
        default: break
        }
        fields.note(FieldEntry(name: nameExtent, value: valueExtent, known: known))
    }

    /// A token without capitals (RFC 9113 §8.2.1). Says whether there is an underscore in it.
    private static func checkName(_ name: UnsafeRawBufferPointer) throws(HeadFault) -> Bool {
        guard !name.isEmpty else { throw .bad("empty header name") }
        var underscored = false
        for byte in name {
            guard ASCII.isToken(byte), byte &- 0x41 >= 26 else { throw .bad("invalid character in header name") }
            if byte == 0x5F { underscored = true }
        }
        return underscored
    }

    private static func append(_ text: String, to fields: HeadFields) -> Extent {
        var text = text
        return text.withUTF8 { fields.append(UnsafeRawBufferPointer($0)) }
    }
}
