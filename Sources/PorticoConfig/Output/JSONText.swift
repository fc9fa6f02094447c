// JSON as this room writes it: ordered, indented, and without a serialization library.

package indirect enum JSONText: Sendable {
    case null
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONText])
    case object([(String, JSONText)])

    /// The document, indented by two spaces.
    package var text: String { text(indent: "") }

    /// The document in one line.
    package var compact: String {
        switch self {
        case .array(let elements): "[" + elements.map(\.compact).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { "\(JSONText.quoted($0)):\($1.compact)" }.joined(separator: ",") + "}"
        default: text
        }
    }

    private func text(indent: String) -> String {
        let inner = indent + "  "
        switch self {
        case .null: return "null"
        case .boolean(let flag): return "\(flag)"
        case .integer(let number): return "\(number)"
        case .number(let number): return NumberText.of(number)
        case .string(let text): return JSONText.quoted(text)
        case .array(let elements) where elements.isEmpty: return "[]"
        case .array(let elements):
            let lines = elements.map { inner + $0.text(indent: inner) }
            return "[\n\(lines.joined(separator: ",\n"))\n\(indent)]"
        case .object(let members) where members.isEmpty: return "{}"
        case .object(let members):
            let lines = members.map { "\(inner)\(JSONText.quoted($0)): \($1.text(indent: inner))" }
            return "{\n\(lines.joined(separator: ",\n"))\n\(indent)}"
        }
    }

    /// A JSON string (RFC 8259, section 7). TOML's basic strings take the same escapes.
    package static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                quoted += "\\u" + String(String(0x10000 + Int(scalar.value), radix: 16).dropFirst())
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

/// Numbers as TOML and JSON write them alike.
enum NumberText {
    /// Without a fraction where there is none.
    static func of(_ number: Double) -> String {
        guard number.isFinite else { return "0" }
        return number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
    }
}
