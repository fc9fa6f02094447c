// Coders of tables whose names are the user's: header fields, media types by extension.

extension ValueCoder where Value == [String: String] {
    /// `name` checks a name and gives it the form it is kept in; `shown` is how it is written back.
    static func map(
        _ hint: String, _ element: ValueCoder<String>, name: @escaping @Sendable (String) throws(TextProblem) -> String,
        shown: @escaping @Sendable (String) -> String = { $0 }
    ) -> ValueCoder {
        let kind = ValueKind.texts("a table of \(hint)")
        return ValueCoder(kind: kind) { node, reading in
            guard case .table(let entries) = node.value else {
                reading.mismatch(node, expected: kind.expected)
                return nil
            }
            var values: [String: String] = [:]
            for (key, entry) in entries {
                do throws(TextProblem) {
                    let name = try name(key)
                    guard let value = element.read(entry, &reading) else { continue }
                    if values.updateValue(value, forKey: name) != nil {
                        reading.fault("\(entry.path.named): there is another of this name", at: entry, .name)
                    }
                } catch {
                    reading.fault(
                        "\(entry.path.named): \(error.message)", at: entry, .name, suggestion: error.suggestion)
                }
            }
            return values.count == entries.count ? values : nil
        } text: { values in
            let entries = values.sorted { $0.key < $1.key }.map { name, value in
                "\(TOMLText.quoted(shown(name))) = \(element.text(value) ?? "\"\"")"
            }
            return entries.isEmpty ? "{}" : "{ \(entries.joined(separator: ", ")) }"
        }
    }

    /// Fields for answers from files.
    static var fileHeaders: ValueCoder {
        map("header fields", .text("a header's value"), name: TextRules.fileHeaderName)
    }

    /// Kept without the dot, in lower case.
    static var mediaTypes: ValueCoder {
        map("media types by extension", .fullMediaType, name: TextRules.fileExtension, shown: { "." + $0 })
    }
}

extension ValueCoder where Value == String {
    static var fullMediaType: ValueCoder {
        parsed("a media type such as \"text/plain; charset=utf-8\"", TextRules.fullMediaType) { $0 }
    }
}

extension ValueCoder where Value == SiteHeaderRule {
    static var siteHeaderRule: ValueCoder {
        ValueCoder(kind: .table(Schema.siteHeaderRule.describe())) { node, reading in
            guard case .table(let entries) = node.value else {
                reading.mismatch(node, expected: "a table with `match` and `set`")
                return nil
            }
            var rule = SiteHeaderRule(match: "", set: [:])
            Schema.siteHeaderRule.read(node, into: &rule, &reading)
            for name in ["match", "set"] where entries[name] == nil {
                reading.fault("\(node.path.named): `\(name)` is missing", at: node)
            }
            return entries["match"] == nil || entries["set"] == nil ? nil : rule
        } text: {
            Schema.siteHeaderRule.inlineText($0)
        }
    }
}
