// The known keys of one table, as data: reading, messages, printing, the JSON Schema and the reference come from it.

struct SectionSchema<Section: Sendable>: Sendable {
    /// The value with every default.
    let defaults: Section
    /// In the order of reading, printing and the reference.
    let keys: [SchemaKey<Section>]
    /// What is said about a table that should not be written as it is.
    var whenWrittenAsList: String?

    init(_ defaults: Section, whenWrittenAsList: String? = nil, _ keys: [SchemaKey<Section>]) {
        self.defaults = defaults
        self.whenWrittenAsList = whenWrittenAsList
        self.keys = keys
    }

    /// Reads the entries of a table into the section, in the schema's order. Unknown names are reported.
    func read(_ node: ConfigNode, into section: inout Section, _ reading: inout Reading) {
        let entries = node.entries
        for key in keys {
            guard let entry = entries[key.name] else { continue }
            key.read(entry, &section, &reading)
        }
        let known = Set(keys.map(\.name))
        for (name, entry) in entries where !known.contains(name) {
            reportUnknown(name, entry, &reading)
        }
    }

    private func reportUnknown(_ name: String, _ node: ConfigNode, _ reading: inout Reading) {
        let shown = ConfigValue.excerpt(name)
        let what =
            node.header.map { "unknown section \($0)" }
            ?? "unknown key \(node.path.named)"
        let nearest = NearestName.to(name, in: keys.map(\.name))
        let home = nearest == nil ? Schema.home(of: name).map { "; `\(shown)` is a key of \($0)" } : nil
        reading.fault(what + (home ?? ""), at: node, .name, suggestion: nearest)
    }

    /// Reports a value that should have been a table.
    func refuse(_ node: ConfigNode, _ reading: inout Reading) {
        if case .array = node.value, let whenWrittenAsList {
            reading.fault(whenWrittenAsList, at: node, .name)
        } else {
            reading.mismatch(node, expected: "a table")
        }
    }

    func printed(_ section: Section) -> [PrintedKey] {
        keys.compactMap { key in key.print.map { PrintedKey(name: key.name, value: $0(section)) } }
    }

    /// The table on one line; what has its default is left out.
    func inlineText(_ section: Section) -> String {
        let plain = printed(defaults).map { $0.inlineText }
        let parts = zip(printed(section), plain).compactMap { key, plain in
            key.inlineText == plain ? nil : key.inlineText
        }
        return "{ \(parts.joined(separator: ", ")) }"
    }

    /// The keys as the reference tells them.
    func describe() -> [KeyDescription] {
        keys.map { key in
            var description = KeyDescription(name: key.name, kind: key.kind?(), doc: key.doc)
            description.defaultText = key.inputDefault
            if case .value(let text)? = key.print?(defaults) { description.defaultText = text }
            return description
        }
    }
}

extension PrintedKey {
    fileprivate var inlineText: String? {
        if case .value(let text?) = value { "\(name) = \(text)" } else { nil }
    }
}
