// Paths with wildcards as redirects are written, and what the wildcards of a path stood for. Pure, and linear in the path.

/// `*` at the start or the end stands for any run of bytes, elsewhere for a run within one segment. `/old/*` also means
/// `/old`. Nothing is decoded: both sides are paths as the router sees them.
package struct PathGlob: Sendable, Equatable {
    /// What stands around the wildcards: one piece more than there are of them.
    private let pieces: [[UInt8]]
    package static let mostWildcards = 9

    package init(_ text: String) {
        pieces = Array(text.utf8).split(separator: 0x2A, omittingEmptySubsequences: false).map { Self.escaped($0) }
    }

    /// What no path can hold as it is stands there in its escaped form.
    private static func escaped(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        for byte in bytes {
            if byte > 0x20, byte < 0x7F { out.append(byte) } else { out.appendEscaped(byte) }
        }
        return out
    }

    package var wildcards: Int { pieces.count - 1 }

    /// The one path that this is, where there is no wildcard.
    package var literal: [UInt8]? { wildcards == 0 ? pieces[0] : nil }

    /// The places of what the wildcards stood for, in order; nil where the path does not match.
    package func match(_ path: UnsafeRawBufferPointer) -> [Range<Int>]? {
        guard let first = pieces.first, let last = pieces.last, wildcards > 0 else {
            return path.elementsEqual(pieces[0]) ? [] : nil
        }
        guard path.starts(with: first) else { return isFolder(path) ? [path.count..<path.count] : nil }
        var position = first.count
        var runs: [Range<Int>] = []
        for piece in pieces.dropFirst().dropLast() {
            guard let end = Self.find(piece, in: path, from: position) else { return nil }
            runs.append(position..<end)
            position = end + piece.count
        }
        let end = path.count - last.count
        guard end >= position, path[end...].elementsEqual(last) else { return nil }
        // A wildcard that neither opens nor closes the pattern stays within its segment.
        guard last.isEmpty || first.isEmpty || !path[position..<end].contains(0x2F) else { return nil }
        return runs + [position..<end]
    }

    /// Whether the pattern is `path/*`.
    private func isFolder(_ path: UnsafeRawBufferPointer) -> Bool {
        pieces.count == 2 && pieces[1].isEmpty && pieces[0].last == 0x2F && path.elementsEqual(pieces[0].dropLast())
    }

    private static func find(_ piece: [UInt8], in path: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var index = start
        while index + piece.count <= path.count {
            if path[index..<(index + piece.count)].elementsEqual(piece) { return index }
            if path[index] == 0x2F { return nil }
            index += 1
        }
        return nil
    }
}

extension [UInt8] {
    /// `%XX` (RFC 3986 §2.1).
    package mutating func appendEscaped(_ byte: UInt8) {
        append(0x25)
        for nibble in [byte >> 4, byte & 15] { append(nibble < 10 ? 0x30 + nibble : 0x37 + nibble) }
    }
}
