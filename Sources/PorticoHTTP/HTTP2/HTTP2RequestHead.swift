// HTTP/2 request headers (RFC 9113 §8) into the same `RequestHead` that HTTP/1 fills, as strictly: what is forwarded over
// HTTP/1 must not carry what HTTP/1 could not.
import NIOCore
import NIOHPACK
import PorticoCore

enum HTTP2RequestHead {
    static func fill(_ head: RequestHead, from headers: HPACKHeaders, endStream: Bool) throws(HeadFault) {
        head.reset()
        head.version = .http2
        var hostValue: Extent?
        var cookies = 0
        var length: Int?
        for (name, value, _) in headers {
            if name.utf8.first == 0x3A {
                try note(pseudo: name, value, in: head)
                continue
            }
            guard isFieldValue(value), isFieldName(name) else { throw .bad("invalid header field") }
            let entry = note(name, value, in: head.fields)
            switch entry.known {
            case .host:
                guard hostValue == nil else { throw .bad("more than one Host") }
                hostValue = entry.value
            case .cookie: cookies += 1
            case .contentLength:
                guard let number = head.fields.view(entry.value).decimal, length == nil || length == number else {
                    throw .bad("invalid Content-Length")
                }
                length = number
            default: break
            }
        }
        if let hostValue {
            if head.authority == .none {
                head.authority = hostValue
            } else if !head.authorityBytes.equals(head.fields.view(hostValue)) {
                throw .bad("Host differs from :authority")
            }
        }
        guard head.fields.entryCount <= FieldLines.maxFields else { throw HeadFault(431, "too many header fields") }
        try finish(head, length: length, endStream: endStream)
    }

    private static func finish(_ head: RequestHead, length: Int?, endStream: Bool) throws(HeadFault) {
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

    private static func note(pseudo name: String, _ value: String, in head: RequestHead) throws(HeadFault) {
        let extent = append(value, to: head.fields)
        let bytes = head.fields.view(extent)
        switch name {
        case ":method":
            guard !bytes.isEmpty, bytes.allSatisfy(ASCII.isToken) else { throw .bad("invalid method") }
            head.methodName = extent
            head.method = HTTPMethod.recognise(bytes)
        case ":path":
            guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x23 }) else { throw .bad("invalid path") }
            guard bytes.count <= 8 << 10 else { throw HeadFault(414, "request target too long") }
            guard bytes.first == 0x2F || bytes.equals("*") else { throw .bad("invalid path") }
            head.target = extent
        case ":authority": head.authority = extent
        default: break
        }
    }

    private static func note(_ name: String, _ value: String, in fields: HeadFields) -> FieldEntry {
        let nameExtent = append(name, to: fields)
        let valueExtent = append(value, to: fields)
        let known = KnownField.recognise(fields.view(nameExtent), underscored: name.utf8.contains(0x5F))
        let entry = FieldEntry(name: nameExtent, value: valueExtent, known: known)
        fields.note(entry)
        return entry
    }

    private static func append(_ text: String, to fields: HeadFields) -> Extent {
        var text = text
        return text.withUTF8 { fields.append(UnsafeRawBufferPointer($0)) }
    }

    private static func isFieldName(_ name: String) -> Bool { !name.isEmpty && name.utf8.allSatisfy(ASCII.isToken) }

    private static func isFieldValue(_ value: String) -> Bool { value.utf8.allSatisfy(ASCII.isFieldValue) }
}
