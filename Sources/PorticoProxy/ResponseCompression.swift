// Whether a backend's answer is compressed on its way, and what that changes in its head (RFC 9110 §8.4, §12.5.5, §8.8.3).
// The bytes are AnswerEncoder's.
import NIOCore
import PorticoCompression
import PorticoConfig
import PorticoCore
import PorticoHTTP

struct ResponseCompression: Sendable {
    enum Decision {
        /// Nothing of it concerns the answer.
        case untouched
        /// Sent plain, but another client would have got it compressed: caches must know.
        case varies
        case encoded(ContentCoding, AnswerEncoder)
    }

    private let codings: [ContentCoding]
    private let minSize: Int
    /// Lower case; with a slash at the end for a whole tree.
    private let types: [[UInt8]]

    init(_ settings: SiteCompression) {
        codings = settings.encodings
        minSize = settings.minSize.bytes
        types = settings.types.map { Array(($0.hasSuffix("/*") ? String($0.dropLast()) : $0).utf8) }
    }

    func decide(_ response: ResponseHeadView, for request: RequestHead) -> Decision {
        guard isWorthIt(response) else { return .untouched }
        guard request.method != .head, !request.fields.list(.cacheControl, contains: "no-transform"),
            let coding = coding(for: request), let encoder = AnswerEncoder(coding, flushes: isOpenEnded(response))
        else { return .varies }
        return .encoded(coding, encoder)
    }

    private func coding(for request: RequestHead) -> ContentCoding? {
        guard request.fields.has(.acceptEncoding) else { return nil }
        var accepted = AcceptEncoding()
        request.fields.forEachValue(of: .acceptEncoding) { accepted.read($0) }
        return accepted.offers.choose(from: codings)
    }

    private func isOpenEnded(_ response: ResponseHeadView) -> Bool {
        if case .length = response.framing { false } else { true }
    }

    /// Plain, whole, of a type that shrinks, long enough, and nobody forbade it.
    private func isWorthIt(_ response: ResponseHeadView) -> Bool {
        switch response.status {
        case ..<200, 204, 205, 206, 304: return false
        default: break
        }
        let fields = response.fields
        if let length = fields.value(of: .contentLength)?.decimal, length < minSize { return false }
        if fields.has(.contentEncoding) || fields.list(.cacheControl, contains: "no-transform") { return false }
        return fields.value(of: .contentType).map(shrinks) ?? false
    }

    /// Events are left alone: each must arrive at once, and they are small.
    private func shrinks(_ value: UnsafeRawBufferPointer) -> Bool {
        let end = value.firstIndex(of: 0x3B) ?? value.count
        let type = UnsafeRawBufferPointer(rebasing: value[..<end]).trimmed
        guard !type.equalsFolded("text/event-stream") else { return false }
        return types.contains { known in
            known.withUnsafeBytes { known in
                if known.last != 0x2F { return known.equalsIgnoringCase(type) }
                return type.count > known.count
                    && known.equalsIgnoringCase(UnsafeRawBufferPointer(rebasing: type[..<known.count]))
            }
        }
    }
}

extension ResponseCompression.Decision {
    var encoder: AnswerEncoder? {
        if case .encoded(_, let encoder) = self { encoder } else { nil }
    }

    /// As `RelayedResponse.writeFields`, with what the coding changes.
    func writeFields(of response: ResponseHeadView, to fields: inout HeadWriter) {
        let source = response.fields
        let hops = HopByHop(source)
        for index in 0..<source.entryCount {
            let entry = source.entry(index)
            if entry.known == .contentLength || entry.known == .xRequestID || hops.drops(entry) { continue }
            let (name, value) = (source.view(entry.name), source.view(entry.value))
            if encoder != nil {
                if Self.isOfPlainBytes(name) { continue }
                if entry.known == .etag { Self.writeWeakened(value, to: &fields) }
                if entry.known == .etag { continue }
            }
            fields.writeField(name, value)
        }
        if !source.list(.vary, contains: "accept-encoding"), !source.list(.vary, contains: "*") {
            fields.write("Vary: Accept-Encoding\r\n")
        }
        if case .encoded(let coding, _) = self { fields.writeField("Content-Encoding", coding.rawValue) }
    }

    /// What no longer holds: ranges and digests of the bytes that the backend sent.
    private static func isOfPlainBytes(_ name: UnsafeRawBufferPointer) -> Bool {
        name.equalsFolded("accept-ranges") || name.equalsFolded("content-md5") || name.equalsFolded("content-digest")
            || name.equalsFolded("digest")
    }

    /// The bytes differ from those the tag was made for; they mean the same (RFC 9110 §8.8.1).
    private static func writeWeakened(_ tag: UnsafeRawBufferPointer, to fields: inout HeadWriter) {
        fields.write("ETag: ")
        if tag.first == 0x22 { fields.write("W/") }
        fields.write(tag)
        fields.write("\r\n")
    }
}
