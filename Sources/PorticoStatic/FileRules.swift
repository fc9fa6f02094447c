// What a site's settings say of a file by its path: its type, its `Cache-Control`, header fields of its own. Asked when a
// file is read, never for a cached answer.
import NIOCore
import PorticoConfig
import PorticoCore
import PorticoHTTP

struct FileRules: Sendable {
    private let cacheRules: [CacheControlRule]
    private let headerRules: [SiteHeaderRule]
    private let types: [String: String]

    init(_ settings: SiteSettings) {
        cacheRules = settings.cacheControl
        headerRules = settings.headers
        types = settings.mimeTypes
    }

    /// What holds for one file. `path` is below the root and starts with a slash.
    struct Fields {
        let type: String
        /// Lines that a 304 carries too.
        let shared: ByteBuffer
        /// Lines of answers with a body.
        let ofBody: ByteBuffer
        /// `Cache-Control: no-transform` forbids another coding (RFC 9110 §7.7).
        let mayBeCoded: Bool
    }

    func fields(of path: String) -> Fields {
        let own = headers(of: path)
        func value(_ name: String) -> String? { own.first { $0.name.lowercased() == name }?.value }
        let type = value("content-type") ?? self.type(of: path)
        let cacheControl = value("cache-control") ?? self.cacheControl(of: path, type: type)
        var shared = ByteBuffer()
        var ofBody = ByteBuffer()
        shared.writeField("Cache-Control", cacheControl)
        ofBody.writeField("Content-Type", type)
        if value("x-content-type-options") == nil { ofBody.writeStaticString("X-Content-Type-Options: nosniff\r\n") }
        for header in own where !["content-type", "cache-control"].contains(header.name.lowercased()) {
            shared.writeString("\(header.name): \(header.value)\r\n")
        }
        return Fields(
            type: type, shared: shared, ofBody: ofBody, mayBeCoded: !cacheControl.lowercased().contains("no-transform"))
    }

    /// Of all rules that fit, the first that names a field sets it.
    private func headers(of path: String) -> [(name: String, value: String)] {
        var found: [(name: String, value: String)] = []
        for rule in headerRules where Wildcard.matches(rule.match, path) {
            for (name, value) in rule.set.sorted(by: { $0.key < $1.key })
            where !found.contains(where: { $0.name.lowercased() == name.lowercased() }) {
                found.append((name, value))
            }
        }
        return found
    }

    private func type(of path: String) -> String {
        let name = path.utf8.lastIndex(of: 0x2F).map { path[path.utf8.index(after: $0)...] } ?? path[...]
        if !types.isEmpty, let dot = name.lastIndex(of: "."), dot != name.startIndex,
            let type = types[name[name.index(after: dot)...].lowercased()]
        {
            return type
        }
        return MediaTypes.type(of: name)
    }

    /// The first rule that fits; else pages are asked for again each time, files whose name changes with their contents
    /// never, and all others are revalidated.
    private func cacheControl(of path: String, type: String) -> String {
        for rule in cacheRules where Wildcard.matches(rule.match, path) { return rule.value }
        let essence = type.prefix { $0 != ";" && $0 != " " }
        if essence != "text/html", essence != "application/xhtml+xml", Fingerprint.isIn(path: path) {
            return "public, max-age=31536000, immutable"
        }
        return "no-cache"
    }
}

/// `*` stands for any run of characters; everything else for itself.
enum Wildcard {
    static func matches(_ pattern: String, _ text: some StringProtocol) -> Bool {
        let pattern = Array(pattern.utf8)
        let text = Array(text.utf8)
        var (p, t, star, mark) = (0, 0, -1, 0)
        while t < text.count {
            if p < pattern.count, pattern[p] == 0x2A {
                (star, mark) = (p, t)
                p += 1
            } else if p < pattern.count, pattern[p] == text[t] {
                p += 1
                t += 1
            } else if star >= 0 {
                mark += 1
                (p, t) = (star + 1, mark)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == 0x2A }
    }
}
