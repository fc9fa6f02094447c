// The value tree that everything behind the TOML parser works on: values with their place.

/// One value of the file or the command line.
struct ConfigNode: Sendable {
    let path: ConfigPath
    /// Where its name stands; nil on the command line.
    let key: SourceSpan?
    /// Where its value stands; nil on the command line.
    let span: SourceSpan?
    let origin: Origin
    var value: ConfigValue

    /// `[admin]` or `[[redirect]]` for a section; nil for a value, and for what is inside a section.
    var header: String? {
        guard path.components.count == 1, value.isSection else { return nil }
        if case .array = value { return "[[\(ConfigValue.excerpt(path.leaf))]]" }
        return "[\(ConfigValue.excerpt(path.leaf))]"
    }

    /// The entries of a table; empty for anything else.
    var entries: [String: ConfigNode] {
        if case .table(let entries) = value { entries } else { [:] }
    }
}

indirect enum ConfigValue: Sendable {
    case table([String: ConfigNode])
    case array([ConfigNode])
    case string(String)
    case integer(Int)
    case float(Double)
    case boolean(Bool)
    case date
    /// A fault was already reported for it; whoever meets it stays silent.
    case unresolved

    var isResolved: Bool {
        if case .unresolved = self { false } else { true }
    }

    /// Whether a file would write it with a header.
    var isSection: Bool {
        switch self {
        case .table: true
        case .array(let elements): if case .table? = elements.first?.value { true } else { false }
        default: false
        }
    }

    /// What a fault says was found.
    var found: String {
        switch self {
        case .table: "a table"
        case .array(let elements): elements.isEmpty ? "an empty list" : "a list"
        case .string(let text): "\"\(ConfigValue.excerpt(text))\""
        case .integer(let number): "\(number)"
        case .float(let number): "\(number)"
        case .boolean(let flag): "\(flag)"
        case .date: "a date"
        case .unresolved: "nothing"
        }
    }

    /// One printable line of a text of any length.
    static func excerpt(_ text: String) -> String {
        let scalars = text.unicodeScalars.prefix(60).map(\.shown)
        let excerpt = String(String.UnicodeScalarView(scalars))
        return text.unicodeScalars.count > 60 ? excerpt + "…" : excerpt
    }
}
