// HTTP/2 response headers and trailers (RFC 9113 §8) into the forms that HTTP/1 fills, as strictly: what is relayed over HTTP/1
// must not carry what HTTP/1 could not. It does all of the validation.
package import NIOCore
package import NIOHPACK
import PorticoCore

package enum HTTP2ResponseHead {
    /// Fills the head of an answer to `request`, whose method decides whether there can be a body.
    package static func fill(
        _ head: inout ResponseHeadView, from headers: HPACKHeaders, answering request: HTTPMethod, endStream: Bool
    ) throws(HeadFault) {
        head.fields.clear()
        head.version = .http2
        head.status = 0
        var length: Int?
        for (name, value, _) in headers {
            if name.utf8.first == 0x3A {
                guard name == ":status", head.status == 0, head.fields.entryCount == 0 else {
                    throw HeadFault(502, "unexpected pseudo-header")
                }
                head.status = try status(value)
            } else {
                try note(name, value, in: head.fields, &length)
            }
        }
        guard head.status != 0 else { throw HeadFault(502, "no :status") }
        guard head.fields.entryCount <= FieldLines.maxFields else { throw HeadFault(502, "too many header fields") }
        try frame(&head, answering: request, length: length, endStream: endStream)
    }

    private static func status(_ text: String) throws(HeadFault) -> Int {
        guard text.utf8.count == 3, let status = Int(text), status >= 100, status < 600 else {
            throw HeadFault(502, "malformed status code")
        }
        return status
    }

    private static func note(
        _ name: String, _ value: String, in fields: HeadFields, _ length: inout Int?
    ) throws(HeadFault) {
        let nameExtent = fields.append(name)
        let valueExtent = fields.append(value)
        let nameBytes = fields.view(nameExtent)
        let valueBytes = fields.view(valueExtent)
        guard !nameBytes.isEmpty, nameBytes.allSatisfy({ ASCII.isToken($0) && $0 &- 0x41 >= 26 }) else {
            throw HeadFault(502, "invalid header name")
        }
        guard valueBytes.allSatisfy(ASCII.isFieldValue) else {
            throw HeadFault(502, "control character in header value")
        }
        let known = KnownField.recognise(nameBytes, underscored: nameBytes.contains(0x5F))
        switch known {
        // Fields of one connection have no place in HTTP/2 (RFC 9113 §8.2.2).
        case .connection, .keepAlive, .proxyConnection, .transferEncoding, .upgrade:
            throw HeadFault(502, "connection header in HTTP/2")
        case .contentLength:
            guard let number = valueBytes.decimal, length == nil || length == number else {
                throw HeadFault(502, "invalid Content-Length in response")
            }
            length = number
        default: break
        }
        fields.note(FieldEntry(name: nameExtent, value: valueExtent, known: known))
    }

    private static func frame(
        _ head: inout ResponseHeadView, answering request: HTTPMethod, length: Int?, endStream: Bool
    ) throws(HeadFault) {
        guard head.status >= 200 || !endStream else { throw HeadFault(502, "interim response ends the stream") }
        if request == .head || head.status < 200 || head.status == 204 || head.status == 304 {
            head.framing = .none
        } else if endStream {
            guard length ?? 0 == 0 else { throw HeadFault(502, "a body is missing") }
            head.framing = .length(0)
        } else {
            head.framing = length.map { .length($0) } ?? .chunked
        }
    }

    /// Trailer fields as lines; what is no valid field is left out.
    package static func trailers(_ headers: HPACKHeaders) -> ByteBuffer { ByteBuffer(trailers: headers) }
}

extension HeadFields {
    fileprivate func append(_ text: String) -> Extent {
        var text = text
        return text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }
}
