// Field lines of a head or a trailer section (RFC 9112 §5), parsed in one strict pass. What fields mean is not known here.
import PorticoCore

/// Why a message was refused: the status to answer and a constant text for the log and the answer's body.
package struct HeadFault: Error, Equatable {
    package let status: Int
    package let reason: String

    package init(_ status: Int, _ reason: String) {
        self.status = status
        self.reason = reason
    }

    /// Wherever it is noticed: by the length that a head states, or while the body comes.
    package static let bodyTooLarge = HeadFault(413, "request body too large")

    static func bad(_ reason: String) -> HeadFault { HeadFault(400, reason) }
}

enum FieldLines {
    enum Outcome {
        /// The empty line was read; the cursor stands behind it.
        case complete
        case needMore
    }

    /// More fields than this are refused with 431: it bounds the work of every lookup.
    static let maxFields = 128

    /// Parses field lines from `cursor` to the empty line and notes them in `fields`.
    static func parse(
        _ bytes: Span<UInt8>, from cursor: inout Int, into fields: HeadFields
    ) throws(HeadFault) -> Outcome {
        while true {
            guard cursor < bytes.count else { return .needMore }
            let first = bytes[cursor]
            if first == 0x0D {
                guard cursor + 1 < bytes.count else { return .needMore }
                guard bytes[cursor + 1] == 0x0A else { throw .bad("bare CR in head") }
                cursor += 2
                return .complete
            }
            guard first != 0x20, first != 0x09 else { throw .bad("folded header line") }
            guard fields.entryCount < maxFields else { throw HeadFault(431, "too many header fields") }
            guard try parseLine(bytes, from: &cursor, into: fields) else { return .needMore }
        }
    }

    /// One `name: value CRLF`. False where the bytes end before the line does.
    private static func parseLine(
        _ bytes: Span<UInt8>, from cursor: inout Int, into fields: HeadFields
    ) throws(HeadFault) -> Bool {
        let end = bytes.count
        let nameStart = cursor
        var index = cursor
        var underscored = false
        while true {
            index = ASCII.endOfPlainName(bytes, from: index)
            guard index < end, ASCII.isToken(bytes[index]) else { break }
            if bytes[index] == 0x5F { underscored = true }
            index += 1
        }
        guard index < end else { return false }
        guard bytes[index] == 0x3A else { throw nameFault(bytes[index]) }
        guard index > nameStart else { throw .bad("empty header name") }
        let nameEnd = index
        index += 1
        while index < end, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
        let valueStart = index
        index = ASCII.endOfFieldValue(bytes, from: index)
        guard index < end else { return false }
        guard bytes[index] == 0x0D else {
            throw bytes[index] == 0x0A ? .bad("bare LF in head") : .bad("control character in header value")
        }
        guard index + 1 < end else { return false }
        guard bytes[index + 1] == 0x0A else { throw .bad("bare CR in head") }
        var valueEnd = index
        while valueEnd > valueStart, bytes[valueEnd - 1] == 0x20 || bytes[valueEnd - 1] == 0x09 { valueEnd -= 1 }
        let known = bytes.extracting(nameStart..<nameEnd).withUnsafeBytes {
            KnownField.recognise($0, underscored: underscored)
        }
        fields.note(
            FieldEntry(
                name: Extent(start: nameStart, count: nameEnd - nameStart),
                value: Extent(start: valueStart, count: valueEnd - valueStart), known: known))
        cursor = index + 2
        return true
    }

    private static func nameFault(_ byte: UInt8) -> HeadFault {
        switch byte {
        case 0x20, 0x09: .bad("space before the colon")
        case 0x0A: .bad("bare LF in head")
        case 0x0D: .bad("header line without a colon")
        default: .bad("invalid character in header name")
        }
    }
}
