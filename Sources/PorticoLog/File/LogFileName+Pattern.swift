// Taking a pattern apart into its pieces; what the pieces mean on disk is in LogFileName.swift.

extension LogFileName {
    /// Placeholders that are known now are filled in; the date waits until a file is opened. Unknown ones stay as text.
    static func split(_ pattern: String, name: String, host: String) -> [Part] {
        var parts: [Part] = []
        var rest = safe(pattern)[...]
        while let character = rest.first {
            if let (token, part) = placeholder(at: rest, name: name, host: host) {
                rest = rest.dropFirst(token.count)
                add(part, to: &parts)
            } else {
                rest = rest.dropFirst()
                add(.text(String(character)), to: &parts)
            }
        }
        return parts
    }

    /// At the last dot of the last literal text, unless the name starts there.
    static func cutExtension(_ parts: [Part]) -> (stem: [Part], ending: [Part]) {
        for index in parts.indices.reversed() {
            guard case .text(let text) = parts[index], let dot = text.lastIndex(of: ".") else { continue }
            if index == 0, dot == text.startIndex { continue }
            var stem = Array(parts[..<index])
            if dot > text.startIndex { stem.append(.text(String(text[..<dot]))) }
            return (stem, [.text(String(text[dot...]))] + parts[(index + 1)...])
        }
        return (parts, [])
    }

    private static func placeholder(at rest: Substring, name: String, host: String) -> (String, Part)? {
        if rest.hasPrefix("{date}") { return ("{date}", .date) }
        if rest.hasPrefix("{pid}") { return ("{pid}", .pid) }
        if rest.hasPrefix("{name}") { return ("{name}", .text(safe(name))) }
        if rest.hasPrefix("{hostname}") { return ("{hostname}", .text(safe(host))) }
        return nil
    }

    private static func add(_ part: Part, to parts: inout [Part]) {
        if case .text(let more) = part, case .text(let text)? = parts.last {
            parts[parts.count - 1] = .text(text + more)
        } else if part != .text("") {
            parts.append(part)
        }
    }

    /// A name is one component of a path, and no hidden surprise: separators and controls become `-`.
    private static func safe(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    scalar == "/" || scalar.value < 0x20 || scalar.value == 0x7f ? "-" : scalar
                }))
    }
}
