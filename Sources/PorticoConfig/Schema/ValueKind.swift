// What a key takes, as data: for messages, the JSON Schema and the reference.
import PorticoCore

indirect enum ValueKind: Sendable {
    /// A text; `hint` says which, such as "a path".
    case text(String)
    case boolean
    case integer(ClosedRange<Int>)
    /// One of these numbers.
    case numbers([Int])
    case number(ClosedRange<Double>)
    case duration(ClosedRange<Duration>)
    case size(ClosedRange<ByteSize>)
    case choice([String])
    case list(ValueKind, minimum: Int)
    case oneOrMore(ValueKind)
    case table([KeyDescription])
    /// A table whose keys the file chooses; `hint` says what they are.
    case map(String, ValueKind)
    case textOrTable(String, [KeyDescription])
    /// Names of the user's own choice, each with a text.
    case texts(String)
    case flagOrTable([KeyDescription])
    /// `[[name]]`: one table each.
    case tables([KeyDescription])
    /// `[name]`, or `[[name]]` for several.
    case tableOrTables([KeyDescription])

    /// What a fault says was expected.
    var expected: String {
        switch self {
        case .text(let hint): hint
        case .boolean: "true or false"
        case .integer(let range): "an integer from \(range.lowerBound) to \(range.upperBound)"
        case .numbers(let numbers):
            "\(numbers.dropLast().map(String.init).joined(separator: ", ")) or \(numbers.last ?? 0)"
        case .number(let range):
            "a number from \(NumberText.of(range.lowerBound)) to \(NumberText.of(range.upperBound))"
        case .duration(let range):
            "a duration such as \"30s\" or a number of seconds, from \(range.lowerBound.text) to \(range.upperBound.text)"
        case .size(let range) where range.upperBound.bytes == .max: "a size such as \"64KiB\" or a number of bytes"
        case .size(let range):
            "a size such as \"64KiB\" or a number of bytes, from \(range.lowerBound) to \(range.upperBound)"
        case .choice(let names): ValueKind.alternatives(names)
        case .list(let element, let minimum):
            "a list\(minimum > 0 ? " of at least one" : "") (each \(element.expected))"
        case .oneOrMore(let element): "\(element.expected), or a list of them"
        case .table, .tableOrTables: "a table"
        case .map(let hint, _): "a table of \(hint)"
        case .textOrTable(let hint, _): "\(hint) or a table"
        case .texts(let hint): hint
        case .flagOrTable: "true, false or a table"
        case .tables: "tables written as [[…]]"
        }
    }

    private static func alternatives(_ names: [String]) -> String {
        let quoted = names.map { "\"\($0)\"" }
        guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "nothing" }
        return "\(quoted.dropLast().joined(separator: ", ")) or \(last)"
    }
}

/// A key as the reference tells it.
struct KeyDescription: Sendable {
    let name: String
    /// Nil for a key of the contract that this version does not implement.
    let kind: ValueKind?
    let doc: String
    /// As TOML; nil where a key has none.
    var defaultText: String?
}
