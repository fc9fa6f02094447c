// Values of an access line that may hold secrets: the query of a target or a referer, and headers that are named themselves.
import Glibc

extension AccessLineBuffer {
    /// A target or an address: what its query says under a covered name is not shown.
    @inline(__always)
    func address(_ bytes: UnsafeRawBufferPointer, to cursor: inout LineCursor) {
        guard !rules.redaction.isEmpty, let start = bytes.baseAddress,
            // SAFETY: memchr looks at `count` bytes from the start and returns a place among them.
            let mark = memchr(start, CInt(UInt8(ascii: "?")), min(bytes.count, Self.longestValue))
        else { return Self.value(bytes, to: &cursor) }
        redacted(
            bytes.start(min(bytes.count, Self.longestValue)), from: UnsafeRawPointer(mark) - start + 1, to: &cursor)
    }

    func referer(of record: borrowing AccessRecord, to cursor: inout LineCursor) {
        if rules.redaction.hidesReferer {
            cursor.literal(Redaction.mark)
        } else {
            address(record.referer, to: &cursor)
        }
    }

    func userAgent(of record: borrowing AccessRecord, to cursor: inout LineCursor) {
        if rules.redaction.hidesUserAgent {
            cursor.literal(Redaction.mark)
        } else {
            Self.value(record.userAgent, to: &cursor)
        }
    }

    /// Room: a covered parameter is longer than the mark by its name, and a byte of input may become six.
    @inline(never)
    private func redacted(_ bytes: UnsafeRawBufferPointer, from query: Int, to cursor: inout LineCursor) {
        cursor.escaped(bytes.start(query))
        var at = query
        while at < bytes.count {
            var end = at
            var equals: Int?
            while end < bytes.count, bytes[end] != UInt8(ascii: "&"), bytes[end] != UInt8(ascii: ";") {
                if equals == nil, bytes[end] == UInt8(ascii: "=") { equals = end }
                end += 1
            }
            if let equals, rules.redaction.covers(UnsafeRawBufferPointer(rebasing: bytes[at..<equals])) {
                cursor.escaped(UnsafeRawBufferPointer(rebasing: bytes[at...equals]))
                cursor.literal(Redaction.mark)
            } else {
                cursor.escaped(UnsafeRawBufferPointer(rebasing: bytes[at..<end]))
            }
            if end < bytes.count { cursor.byte(bytes[end]) }
            at = end + 1
        }
    }
}
