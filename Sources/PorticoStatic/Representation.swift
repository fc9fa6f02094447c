// One form of a file that can be sent: as it is, or in one coding. What is known of a file as a whole is StaticEntry's part.
import NIOCore
import PorticoHTTP

/// The fields of a form, known before its bytes are.
struct RepresentationHead: Sendable {
    /// Strong, quotes included.
    let etag: [UInt8]
    /// The fields of a 304.
    let shared: ByteBuffer
    /// The fields of a 200, without framing: also those of a 206.
    let fields: ByteBuffer
}

final class Representation: Sendable {
    enum Content: Sendable {
        /// Small: the whole answer lies ready.
        case memory(PreparedResponse)
        /// Large: sent from the open file.
        case file(OpenFile)
    }

    let content: Content
    let size: Int
    let etag: [UInt8]
    let fields: ByteBuffer
    let notModified: PreparedResponse

    private init(_ head: RepresentationHead, _ content: Content, size: Int) {
        self.content = content
        self.size = size
        etag = head.etag
        fields = head.fields
        notModified = PreparedResponse(status: 304, fields: head.shared, body: ByteBuffer())
    }

    convenience init(_ head: RepresentationHead, bytes: ByteBuffer) {
        let prepared = PreparedResponse(status: 200, fields: head.fields, body: bytes)
        self.init(head, .memory(prepared), size: bytes.readableBytes)
    }

    convenience init(_ head: RepresentationHead, file: OpenFile, size: Int) {
        self.init(head, .file(file), size: size)
    }

    var isOpenFile: Bool { if case .file = content { true } else { false } }

    /// Memory held, roughly.
    var footprint: Int {
        let body = if case .memory(let prepared) = content { prepared.footprint } else { 256 }
        return body + fields.storageCapacity + notModified.footprint + 256
    }
}
