// The coder of `error_pages`: a table from statuses to files of the site.

extension ValueCoder where Value == [ErrorPageRule] {
    static var errorPages: ValueCoder {
        let kind = ValueKind.map("a status such as 404, or \"5xx\"", .text("a file of the site"))
        return ValueCoder(kind: kind) { node, reading in
            guard case .table(let entries) = node.value else {
                reading.mismatch(node, expected: "a table such as { 404 = \"404.html\" }")
                return nil
            }
            let rules = entries.sorted { $0.key < $1.key }.map { read($0.key, $0.value, &reading) }
            return rules.contains(nil) ? nil : rules.compactMap { $0 }
        } text: { rules in
            rules.isEmpty
                ? "{}" : "{ \(rules.map { "\($0.name) = \(TOMLText.quoted($0.file))" }.joined(separator: ", ")) }"
        }
    }

    private static func read(_ name: String, _ node: ConfigNode, _ reading: inout Reading) -> ErrorPageRule? {
        let statuses = ErrorPageRule.statuses(named: name)
        if statuses == nil {
            reading.fault(
                "\(node.path.named): expected a status from 400 to 599, \"4xx\" or \"5xx\"", at: node, .name)
        }
        guard let file = ValueCoder<String>.siteFile.read(node, &reading) else { return nil }
        guard !file.isEmpty else {
            reading.mismatch(node, expected: "a file of the site")
            return nil
        }
        return statuses.map { ErrorPageRule(statuses: $0, file: file) }
    }
}
