// Coders of `[logging]`: levels by module, names of what is secret.

extension ValueCoder where Value == [LogModule: LogLevel] {
    static var logLevels: ValueCoder {
        let level = ValueCoder<LogLevel>.choice()
        let names = LogModule.allCases.map(\.rawValue)
        let kind = ValueKind.texts("a table of levels by module (\(names.joined(separator: ", ")))")
        return ValueCoder(kind: kind) { node, reading in
            guard case .table(let entries) = node.value else {
                reading.mismatch(node, expected: kind.expected)
                return nil
            }
            var levels: [LogModule: LogLevel] = [:]
            for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
                guard let module = LogModule(rawValue: name) else {
                    reading.fault(
                        "\(entry.path.named): there is no such module; there are \(names.joined(separator: ", "))",
                        at: entry, .name, suggestion: NearestName.to(name, in: names))
                    continue
                }
                if let level = level.read(entry, &reading) { levels[module] = level }
            }
            return levels.count == entries.count ? levels : nil
        } text: { levels in
            let entries = levels.sorted { $0.key.rawValue < $1.key.rawValue }.map {
                "\($0.key.rawValue) = \(TOMLText.quoted($0.value.rawValue))"
            }
            return entries.isEmpty ? "{}" : "{ \(entries.joined(separator: ", ")) }"
        }
    }
}

extension ValueCoder where Value == String {
    /// A header field, a query parameter or a field of a log line.
    static var secretName: ValueCoder {
        parsed("a name such as \"x-api-key\"") { text throws(TextProblem) in
            guard TextRules.isToken(text) else {
                throw TextProblem("\"\(ConfigValue.excerpt(text))\" is not a name")
            }
            return text.lowercased()
        } print: {
            $0
        }
    }
}
