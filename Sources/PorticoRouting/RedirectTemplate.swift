// What a redirect leads to: `to` with the wildcards' texts in their places. Never another host than the one written there.
import PorticoCore

struct RedirectTemplate: Sendable {
    private enum Part {
        case text([UInt8])
        case capture(Int)
    }

    private let path: [Part]
    /// Without the question mark; nil where `to` has none.
    private let query: [Part]?
    /// With the hash.
    private let fragment: [UInt8]
    private let isPath: Bool

    init(_ to: String) {
        let bytes = Array(to.utf8)
        let hash = bytes.firstIndex(of: 0x23) ?? bytes.count
        let mark = bytes[..<hash].firstIndex(of: 0x3F)
        path = Self.parts(bytes[..<(mark ?? hash)])
        query = mark.map { Self.parts(bytes[($0 + 1)..<hash]) }
        fragment = Array(bytes[hash...])
        isPath = bytes.first == 0x2F
    }

    /// `$1` to `$9`; any other dollar sign stands for itself.
    private static func parts(_ bytes: ArraySlice<UInt8>) -> [Part] {
        var parts: [Part] = []
        var text: [UInt8] = []
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if bytes[index] == 0x24, index + 1 < bytes.endIndex, (0x31...0x39).contains(bytes[index + 1]) {
                parts.append(.text(text))
                parts.append(.capture(Int(bytes[index + 1] - 0x31)))
                text = []
                index += 2
                continue
            }
            text.append(bytes[index])
            index += 1
        }
        return parts + [.text(text)]
    }

    /// The path of a rewrite: it stays inside, so that nothing needs to be escaped.
    func path(_ source: UnsafeRawBufferPointer, _ captures: [Range<Int>]) -> [UInt8] {
        var out: [UInt8] = []
        Self.write(path, source, captures, to: &out) { out, byte in out.append(byte) }
        return Self.rooted(out)
    }

    /// The value of `Location`. `query` is the request's; it is kept where `to` has none of its own.
    func location(
        _ source: UnsafeRawBufferPointer, _ captures: [Range<Int>], query requested: UnsafeRawBufferPointer?
    ) -> [UInt8] {
        var out: [UInt8] = []
        Self.write(path, source, captures, to: &out, Self.writePathByte)
        // `//host` and `/\host` are other hosts to a browser.
        if isPath { out = Self.rooted(out) }
        if let query {
            out.append(0x3F)
            Self.write(query, source, captures, to: &out, Self.writeQueryByte)
        } else if let requested {
            out.append(0x3F)
            for byte in requested { Self.writePathByte(&out, byte) }
        }
        return out + fragment
    }

    private static func write(
        _ parts: [Part], _ source: UnsafeRawBufferPointer, _ captures: [Range<Int>], to out: inout [UInt8],
        _ write: (inout [UInt8], UInt8) -> Void
    ) {
        for part in parts {
            switch part {
            case .text(let bytes): out += bytes
            case .capture(let index):
                guard index < captures.count else { continue }
                var run = source[captures[index]]
                // Behind a slash another one would make an empty segment, at the start even another host.
                if out.last == 0x2F { run = run.drop { $0 == 0x2F } }
                for byte in run { write(&out, byte) }
            }
        }
    }

    private static func rooted(_ path: [UInt8]) -> [UInt8] { [0x2F] + path.drop { $0 == 0x2F || $0 == 0x5C } }

    /// Escapes what browsers repair in ways of their own: backslashes, spaces, control characters and bytes beyond ASCII.
    private static func writePathByte(_ out: inout [UInt8], _ byte: UInt8) {
        switch byte {
        case 0...0x20, 0x22, 0x3C, 0x3E, 0x5C, 0x5E, 0x60, 0x7B...0x7D, 0x7F...: out.appendEscaped(byte)
        default: out.append(byte)
        }
    }

    /// Also what would end a value of the query.
    private static func writeQueryByte(_ out: inout [UInt8], _ byte: UInt8) {
        switch byte {
        case 0x23, 0x26, 0x2B, 0x3B, 0x3D, 0x3F: out.appendEscaped(byte)
        default: writePathByte(&out, byte)
        }
    }
}
