// The text of a configuration file, and the positions a fault points at.

/// A run of bytes in the source, with the line it starts on. Columns are counted only when a fault is told.
struct SourceSpan: Sendable, Hashable {
    /// From 1.
    var line: Int
    /// The offset of the first byte of that line.
    var lineStart: Int
    var start: Int
    var end: Int
}

/// The bytes of a file under the name that faults show.
struct SourceText: Sendable {
    let name: String
    let bytes: [UInt8]

    /// The column from 1, in Unicode scalars as editors count them.
    func column(of span: SourceSpan) -> Int {
        scalarCount(span.lineStart..<span.start) + 1
    }

    /// Scalars the span covers on its first line; at least 1.
    func length(of span: SourceSpan) -> Int {
        max(1, scalarCount(span.start..<max(span.start, min(span.end, lineEnd(from: span.start)))))
    }

    /// The line a span starts on, without its end; nil where it has more bytes.
    func line(of span: SourceSpan, atMost limit: Int) -> String? {
        let start = min(span.lineStart, bytes.count)
        var end = lineEnd(from: start)
        if end > start, bytes[end - 1] == 0x0D { end -= 1 }
        return end - start <= limit ? String(decoding: bytes[start..<end], as: UTF8.self) : nil
    }

    /// The place of a line and column, as a parser reports it; clamped into the text.
    func span(line: Int, column: Int) -> SourceSpan {
        var (lineStart, current) = (0, 1)
        while current < line, let newline = bytes[lineStart...].firstIndex(of: 0x0A), newline + 1 < bytes.count {
            lineStart = newline + 1
            current += 1
        }
        let end = lineEnd(from: lineStart)
        var start = lineStart
        for _ in 1..<max(2, column) where start < end {
            start += 1
            while start < end, bytes[start] & 0xC0 == 0x80 { start += 1 }
        }
        return SourceSpan(line: current, lineStart: lineStart, start: start, end: start)
    }

    private func lineEnd(from index: Int) -> Int {
        guard index < bytes.count else { return bytes.count }
        return bytes[index...].firstIndex(of: 0x0A) ?? bytes.count
    }

    private func scalarCount(_ range: Range<Int>) -> Int {
        bytes[range.clamped(to: 0..<bytes.count)].reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
    }
}
