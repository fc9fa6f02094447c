// Answers 206: one part as it is, several as multipart/byteranges (RFC 9110 §14.6, §15.3.7). Which parts is ByteRanges'.
import NIOCore
import PorticoCore
import PorticoHTTP

extension Representation {
    func reply(_ exchange: Exchange, part: Range<Int>) {
        var fields = self.fields
        fields.writeField("Content-Range", part.contentRange(of: size))
        exchange.start(ResponseHead(status: 206, fields: fields, length: .known(part.count)))
        switch content {
        case .memory(let prepared):
            exchange.send(prepared.body.part(part))
            exchange.finish(trailers: nil)
        case .file(let file): exchange.finish(sending: file, from: part.lowerBound, count: part.count)
        }
    }

    func reply(_ exchange: Exchange, parts: [Range<Int>]) {
        let message = MultipartRanges(parts, of: self)
        exchange.start(ResponseHead(status: 206, fields: message.fields, length: .known(message.length)))
        switch content {
        case .memory(let prepared):
            for (head, part) in zip(message.heads, parts) {
                exchange.send(head)
                exchange.send(prepared.body.part(part))
            }
            exchange.send(message.end)
            exchange.finish(trailers: nil)
        case .file(let file): message.send(parts[...], of: file, to: exchange)
        }
    }
}

/// The message around the parts.
private struct MultipartRanges {
    /// Of the answer: its type is the multipart's, and it has no `Content-Range` (RFC 9110 §15.3.7.2).
    private(set) var fields = ByteBuffer()
    private(set) var heads: [ByteBuffer] = []
    let end: ByteBuffer
    let length: Int

    init(_ parts: [Range<Int>], of representation: Representation) {
        // Random, so that no file can hold it.
        let boundary =
            String(UInt64.random(in: .min ... .max), radix: 36) + String(UInt64.random(in: .min ... .max), radix: 36)
        let (type, others) = representation.fields.splitContentType()
        fields = others
        fields.writeField("Content-Type", "multipart/byteranges; boundary=\(boundary)")
        end = ByteBuffer(string: "\r\n--\(boundary)--\r\n")
        var length = end.readableBytes
        for part in parts {
            var head = ByteBuffer(string: heads.isEmpty ? "--\(boundary)\r\n" : "\r\n--\(boundary)\r\n")
            head.writeImmutableBuffer(type)
            head.writeField("Content-Range", part.contentRange(of: representation.size))
            head.writeStaticString("\r\n")
            heads.append(head)
            length += head.readableBytes + part.count
        }
        self.length = length
    }

    /// The parts of a file one after another, each straight from the file where the transport can.
    func send(_ parts: ArraySlice<Range<Int>>, of file: OpenFile, to exchange: Exchange) {
        guard let part = parts.first else {
            exchange.send(end)
            return exchange.finish(trailers: nil)
        }
        exchange.send(heads[parts.startIndex])
        exchange.send(file, from: part.lowerBound, count: part.count) {
            send(parts.dropFirst(), of: file, to: exchange)
        }
    }
}

extension Range<Int> {
    fileprivate func contentRange(of size: Int) -> String { "bytes \(lowerBound)-\(upperBound - 1)/\(size)" }
}

extension ByteBuffer {
    fileprivate func part(_ range: Range<Int>) -> ByteBuffer {
        getSlice(at: readerIndex + range.lowerBound, length: range.count)!
    }

    /// The line of the type, and all other lines.
    fileprivate func splitContentType() -> (type: ByteBuffer, others: ByteBuffer) {
        var (type, others, rest) = (ByteBuffer(), ByteBuffer(), self)
        while let newline = rest.readableBytesView.firstIndex(of: 0x0A),
            let line = rest.readSlice(length: newline - rest.readerIndex + 1)
        {
            if line.isContentType { type = line } else { others.writeImmutableBuffer(line) }
        }
        return (type, others)
    }

    fileprivate var isContentType: Bool {
        withUnsafeReadableBytes { line in
            let name = "content-type:".utf8.count
            return line.count > name && UnsafeRawBufferPointer(rebasing: line[..<name]).equalsFolded("content-type:")
        }
    }
}
