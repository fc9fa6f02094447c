// One form of a file that can be sent: as it is, or in one coding. What is known of a file as a whole is StaticEntry's part.
import NIOCore
import PorticoHTTP

final class Representation: Sendable {
    enum Content: Sendable {
        /// Small: the whole answer lies ready.
        case memory(PreparedResponse)
        /// Large: sent from the open file.
        case file(OpenFile)
    }

    let content: Content
    let size: Int
    /// Strong, quotes included.
    let etag: [UInt8]
    /// The fields of a 200, without framing: also those of a 206.
    let fields: ByteBuffer
    let notModified: PreparedResponse

    init(content: Content, size: Int, etag: String, fields: ByteBuffer, notModified: PreparedResponse) {
        self.content = content
        self.size = size
        self.etag = Array(etag.utf8)
        self.fields = fields
        self.notModified = notModified
    }

    var isOpenFile: Bool { if case .file = content { true } else { false } }

    /// Memory held, roughly.
    var footprint: Int {
        let body = if case .memory(let prepared) = content { prepared.footprint } else { 256 }
        return body + fields.storageCapacity + notModified.footprint + 256
    }
}
