// The chunked transfer coding (RFC 9112 §7.1), incremental and strict: hands out slices, copies nothing.
package import NIOCore
import PorticoCore

/// Feed bytes, take pieces until it says `needMore` or `end`.
package struct ChunkedDecoder {
    package enum Piece: Equatable {
        case data(ByteBuffer)
        case needMore
        /// The last chunk and the trailer section were read. Trailers are the field lines without the empty line.
        case end(trailers: ByteBuffer?)
    }

    /// Chunk-size lines, extensions and all, may be this long.
    package static let maxLine = 256
    /// The whole trailer section.
    package static let maxTrailers = 8 << 10

    private enum State {
        case size, data(Int), dataEnd, trailers
    }

    private var state = State.size

    package init() {}

    /// Takes the next piece from the front of `input`.
    package mutating func next(_ input: inout ByteBuffer) throws(HeadFault) -> Piece {
        while true {
            switch state {
            case .size:
                guard let size = try readSize(&input) else { return .needMore }
                state = size == 0 ? .trailers : .data(size)
            case .data(let left):
                let count = min(left, input.readableBytes)
                guard count > 0, let slice = input.readSlice(length: count) else { return .needMore }
                state = count == left ? .dataEnd : .data(left - count)
                return .data(slice)
            case .dataEnd:
                guard let first = input.getInteger(at: input.readerIndex, as: UInt8.self) else { return .needMore }
                guard first == 0x0D else { throw .bad("garbage after a chunk") }
                guard input.readableBytes >= 2 else { return .needMore }
                guard input.getInteger(at: input.readerIndex + 1, as: UInt8.self) == 0x0A else {
                    throw .bad("garbage after a chunk")
                }
                input.moveReaderIndex(forwardBy: 2)
                state = .size
            case .trailers: return try readTrailers(&input)
            }
        }
    }

    private func readSize(_ input: inout ByteBuffer) throws(HeadFault) -> Int? {
        guard let line = try Self.parseSizeLine(input.readableBytesUInt8Span) else { return nil }
        input.moveReaderIndex(forwardBy: line.length)
        return line.size
    }

    /// The chunk's size and the length of its line, CRLF and all; nil where more bytes are needed.
    private static func parseSizeLine(_ bytes: Span<UInt8>) throws(HeadFault) -> (size: Int, length: Int)? {
        var size = 0
        var index = 0
        while index < bytes.count, let digit = ASCII.hexDigit(bytes[index]) {
            guard size < 1 << 56 else { throw .bad("chunk size overflow") }
            size = size << 4 | Int(digit)
            index += 1
        }
        guard index > 0 || bytes.count == 0 else { throw .bad("invalid chunk size") }
        // Extensions start with ";", optional white space before it (RFC 9112 §7.1.1), and are skipped.
        var extensionStart = index
        while extensionStart < bytes.count, bytes[extensionStart] == 0x20 || bytes[extensionStart] == 0x09 {
            extensionStart += 1
        }
        if extensionStart == bytes.count {
            index = extensionStart
        } else if bytes[extensionStart] == 0x3B {
            index = extensionStart
            while index < bytes.count, ASCII.isFieldValue(bytes[index]) { index += 1 }
        }
        guard index <= maxLine else { throw .bad("chunk size line too long") }
        guard index < bytes.count else { return nil }
        guard bytes[index] == 0x0D else { throw .bad("invalid chunk size line") }
        guard index + 1 < bytes.count else { return nil }
        guard bytes[index + 1] == 0x0A else { throw .bad("invalid chunk size line") }
        return (size, index + 2)
    }

    private func readTrailers(_ input: inout ByteBuffer) throws(HeadFault) -> Piece {
        guard let length = try Self.parseTrailers(input.readableBytesUInt8Span) else { return .needMore }
        // Without the empty line at the end.
        let lines = input.readSlice(length: length - 2)
        input.moveReaderIndex(forwardBy: 2)
        return .end(trailers: length > 2 ? lines : nil)
    }

    /// The length of the trailer section with its empty line; nil where more bytes are needed.
    private static func parseTrailers(_ bytes: Span<UInt8>) throws(HeadFault) -> Int? {
        var cursor = 0
        let outcome = try FieldLines.parse(bytes, from: &cursor, into: HeadFields())
        guard (outcome == .complete ? cursor : bytes.count) <= maxTrailers else {
            throw HeadFault(431, "trailers too large")
        }
        return outcome == .complete ? cursor : nil
    }
}
