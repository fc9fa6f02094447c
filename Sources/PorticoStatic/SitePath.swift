// From a request's path to a path below the site's root: decoding and the rules about names. Looks at no disk.
import PorticoCore

/// A path that may be looked up: relative to the root, decoded, without empty or dot segments.
package struct SitePath: Equatable, Sendable {
    /// Empty for the root itself.
    package let relative: String
    package let endsInSlash: Bool

    /// The one spelling of this path that the cache knows.
    var key: [UInt8] { Array("/\(relative)\(endsInSlash && !relative.isEmpty ? "/" : "")".utf8) }

    /// A file system takes no longer names.
    static let maxSegment = 255

    /// Nil where no file can have this name or it must not be served: the answer is 404.
    ///
    /// `path` is normalised: what is still escaped is decoded here, but `%2F` and `%5C` never become separators, and
    /// control characters are in no file name.
    package init?(_ path: UnsafeRawBufferPointer, allowHidden: Bool) {
        guard path.first == 0x2F, let decoded = Self.decode(path) else { return nil }
        var segments: [String] = []
        for bytes in decoded.split(separator: 0x2F) {
            guard bytes.count <= Self.maxSegment, let text = String(validating: bytes, as: UTF8.self) else {
                return nil
            }
            guard text != ".", text != ".." else { return nil }
            let isWellKnown = segments.isEmpty && text == ".well-known"
            // By byte: to Unicode a dot with a combining mark is another character.
            guard allowHidden || isWellKnown || bytes.first != 0x2E else { return nil }
            segments.append(text)
        }
        relative = segments.joined(separator: "/")
        endsInSlash = decoded.last == 0x2F
        guard relative.utf8.count < 4096 else { return nil }
    }

    private static func decode(_ path: UnsafeRawBufferPointer) -> [UInt8]? {
        var out: [UInt8] = []
        out.reserveCapacity(path.count)
        var index = 0
        while index < path.count {
            var byte = path[index]
            index += 1
            if byte == 0x25 {
                guard index + 1 < path.count, let high = ASCII.hexDigit(path[index]),
                    let low = ASCII.hexDigit(path[index + 1])
                else { return nil }
                byte = high << 4 | low
                guard byte != 0x2F else { return nil }
                index += 2
            }
            guard byte >= 0x20, byte != 0x7F, byte != 0x5C else { return nil }
            out.append(byte)
        }
        return out
    }

    /// Whether the last segment has an extension: then it asks for an asset, never for a page of the application.
    package static func hasExtension(_ path: UnsafeRawBufferPointer) -> Bool {
        let start = path.lastIndex(of: 0x2F).map { $0 + 1 } ?? 0
        return path[start...].contains(0x2E)
    }
}
