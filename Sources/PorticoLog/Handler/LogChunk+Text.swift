// Putting strings of any length into a chunk, which grows as needed. The hot path uses LineCursor alone.

extension LogChunk {
    /// Room is made for the worst case of `bytes`, then `body` writes.
    func put(room bytes: Int, _ body: (inout LineCursor) -> Void) {
        reserve(bytes)
        var cursor = cursor
        body(&cursor)
        advance(to: cursor)
    }

    func put(_ text: StaticString) { put(room: text.utf8CodeUnitCount) { $0.literal(text) } }

    /// Escaped as the inside of a JSON string, cut where it is too long.
    func putEscaped(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            let cut = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes.prefix(LogEventView.longestValue)))
            put(room: cut.count * JSONText.growth + 8) { $0.escaped(cut) }
        }
    }

    func putQuoted(_ text: String) {
        put("\"")
        putEscaped(text)
        put("\"")
    }

    func putTimestamp(_ unixNanoseconds: Int64) { put(room: 24) { $0.timestamp(unixNanoseconds: unixNanoseconds) } }

    /// Ends the line that was put together.
    func endLine() {
        put("\n")
        endLine(at: cursor)
    }
}
