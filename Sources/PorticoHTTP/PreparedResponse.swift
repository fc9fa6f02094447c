// Answers whose bytes are known beforehand: cached files, redirects, health endpoints. Built once, written many times.
package import NIOCore
import NIOHPACK
import Synchronization

/// Shared between event loops; immutable but for its HTTP/2 form, which is made when first asked for.
package final class PreparedResponse: Sendable {
    package let status: Int
    /// `name: value CRLF` lines with `Content-Length`, the empty line, then the body, in one piece.
    let block: ByteBuffer
    // SAFETY: the memory of `block`, which nobody writes to and which lives as long as this does. Read without asking the
    // buffer: its storage is one more object in memory that may be cold.
    nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
    let headLength: Int
    let bodyLength: Int
    private let http2 = Mutex<(second: Int, headers: HPACKHeaders)?>(nil)

    /// `fields` are `name: value CRLF` lines without framing, date and connection.
    package init(status: Int, fields: ByteBuffer, body: ByteBuffer) {
        self.status = status
        var block = ByteBufferAllocator().buffer(capacity: fields.readableBytes + 32 + body.readableBytes)
        block.writeImmutableBuffer(fields)
        if status != 304 && status != 204 { block.writeString("Content-Length: \(body.readableBytes)\r\n") }
        block.writeStaticString("\r\n")
        headLength = block.readableBytes
        block.writeImmutableBuffer(body)
        bodyLength = body.readableBytes
        self.block = block
        bytes = block.withUnsafeReadableBytes { $0 }
    }

    /// Bytes of memory held, roughly.
    package var footprint: Int { block.storageCapacity + 160 }

    package var body: ByteBuffer { block.getSlice(at: block.readerIndex + headLength, length: bodyLength)! }

    /// The fields for HTTP/2, `:status` first and the date last; made once a second at most.
    func http2Headers(date: DateLine) -> HPACKHeaders {
        http2.withLock { made in
            if let made, made.second == date.second { return made.headers }
            var headers = HPACKHeaders(
                status: status, lines: block.getSlice(at: block.readerIndex, length: headLength - 2)!)
            headers.add(name: "date", value: date.value)
            made = (date.second, headers)
            return headers
        }
    }
}
