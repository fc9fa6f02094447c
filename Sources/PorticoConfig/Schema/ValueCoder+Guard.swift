// Coders of what health checks and fallbacks are made of: statuses, request paths, header fields.
import PorticoCore

extension ValueCoder where Value == StatusRange {
    /// `200` or `"200-299"`.
    static var statusRange: ValueCoder {
        let hint = "a status such as 200 or \"200-299\""
        return ValueCoder(kind: .text(hint)) { node, reading in
            switch node.value {
            case .integer(let code) where (100...599).contains(code): return StatusRange(code...code)
            case .string(let text):
                if let range = StatusRange(text: text) { return range }
                fallthrough
            default:
                reading.mismatch(node, expected: hint)
                return nil
            }
        } text: {
            $0.codes.count == 1 ? "\($0.codes.lowerBound)" : "\"\($0.codes.lowerBound)-\($0.codes.upperBound)\""
        }
    }
}

extension StatusRange {
    init?(text: String) {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).compactMap { Int($0) }
        guard let first = ends.first, let last = ends.last, ends.count <= 2, (100...599).contains(first),
            (first...599).contains(last)
        else { return nil }
        self.init(first...last)
    }
}

extension ValueCoder where Value == String {
    /// The path of a request, with a query perhaps.
    static var requestPath: ValueCoder {
        parsed("a path such as \"/health\"") { text throws(TextProblem) in
            guard text.hasPrefix("/"), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x23 }) else {
                throw TextProblem("expected a path such as \"/health\", found \"\(ConfigValue.excerpt(text))\"")
            }
            return text
        } print: {
            $0
        }
    }

    /// A text that no print of the configuration shows.
    static var secret: ValueCoder {
        let plain = text("a text", allowsEmpty: true)
        return ValueCoder(kind: plain.kind, read: plain.read) { $0.isEmpty ? "\"\"" : "\"<redacted>\"" }
    }
}

extension ValueCoder where Value == [FieldSetting] {
    /// `{ "X-Name" = "value" }`.
    static var fields: ValueCoder {
        let hint = "a table of header fields such as { \"X-Name\" = \"value\" }"
        return ValueCoder(kind: .texts(hint)) { node, reading in
            guard case .table = node.value else {
                reading.mismatch(node, expected: hint)
                return nil
            }
            var fields: [FieldSetting] = []
            for (name, entry) in node.entries.sorted(by: { $0.key < $1.key }) {
                guard TextRules.isToken(name) else {
                    reading.fault("\"\(ConfigValue.excerpt(name))\" is not a name of a header field", at: entry, .name)
                    continue
                }
                guard let value = ValueCoder<String>.text("a text", allowsEmpty: true).read(entry, &reading) else {
                    continue
                }
                fields.append(FieldSetting(name: name, value: value))
            }
            return fields.count == node.entries.count ? fields : nil
        } text: { fields in
            guard !fields.isEmpty else { return "{}" }
            let parts = fields.map { "\(TOMLText.quoted($0.name)) = \(TOMLText.quoted($0.value))" }
            return "{ \(parts.joined(separator: ", ")) }"
        }
    }
}
