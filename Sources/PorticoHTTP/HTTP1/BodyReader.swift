// The body of one HTTP/1 message, whichever way it is framed.
package import NIOCore

package struct BodyReader {
    private enum Framing {
        case length(Int)
        case chunked(ChunkedDecoder)
        case untilClose
        case ended
    }

    private var framing: Framing

    package init(_ framing: BodyFraming) {
        switch framing {
        case .none: self.framing = .length(0)
        case .length(let count): self.framing = .length(count)
        case .chunked: self.framing = .chunked(ChunkedDecoder())
        case .untilClose: self.framing = .untilClose
        }
    }

    /// Bytes that must still come; nil where only the stream tells.
    package var knownLeft: Int? {
        switch framing {
        case .length(let left): left
        case .ended: 0
        case .chunked, .untilClose: nil
        }
    }

    /// Whether the message is complete if the connection closes now.
    package var mayEndHere: Bool {
        switch framing {
        case .untilClose, .ended, .length(0): true
        case .chunked, .length: false
        }
    }

    /// So many bytes of a body of known length, fewer than were left, went past this reader.
    package mutating func skip(_ count: Int) {
        if case .length(let left) = framing { framing = .length(left - count) }
    }

    /// Takes the next piece from the front of `input`.
    package mutating func next(_ input: inout ByteBuffer) throws(HeadFault) -> ChunkedDecoder.Piece {
        switch framing {
        case .ended: return .needMore
        case .length(0):
            framing = .ended
            return .end(trailers: nil)
        case .length(let left):
            let count = min(left, input.readableBytes)
            guard count > 0, let bytes = input.readSlice(length: count) else { return .needMore }
            framing = .length(left - count)
            return .data(bytes)
        case .untilClose:
            guard input.readableBytes > 0, let bytes = input.readSlice(length: input.readableBytes) else {
                return .needMore
            }
            return .data(bytes)
        case .chunked(var decoder):
            let piece = try decoder.next(&input)
            if case .end = piece { framing = .ended } else { framing = .chunked(decoder) }
            return piece
        }
    }
}
