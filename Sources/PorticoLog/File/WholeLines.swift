// Cutting blocks of lines at line ends. Knows nothing of where they go.
import Glibc

extension UnsafeRawBufferPointer {
    /// The longest start of at most `limit` bytes that ends with a line; nil where not one line fits.
    func wholeLines(within limit: Int) -> UnsafeRawBufferPointer? {
        var end = Swift.min(limit, count)
        while end > 0, self[end - 1] != 0x0a { end -= 1 }
        return end > 0 ? start(end) : nil
    }

    /// The first line with its end; everything where there is no end.
    var firstLine: UnsafeRawBufferPointer {
        // SAFETY: memchr looks at `count` bytes from the start and returns a place among them.
        guard let start = baseAddress, let end = memchr(start, 0x0a, count) else { return self }
        return UnsafeRawBufferPointer(start: start, count: UnsafeRawPointer(end) - start + 1)
    }

    func start(_ length: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: prefix(length)) }

    /// What follows a piece from the start of this view.
    func behind(_ piece: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: dropFirst(piece.count))
    }

    var lineCount: Int {
        var lines = 0
        for byte in self where byte == 0x0a { lines += 1 }
        return lines
    }
}
