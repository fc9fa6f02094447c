// The JSON Schema (draft 2020-12) of `app_config.toml`, for editors that complete and check TOML with one.
import PorticoCore

package enum ConfigSchema {
    /// The schema document.
    package static var json: String {
        var members: [(String, JSONText)] = [
            ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
            ("title", .string("Portico: app_config.toml")),
        ]
        members += object(Schema.root.describe())
        return JSONText.object(members).text + "\n"
    }

    /// Keys that are not in this version are left out: an editor then marks them.
    private static func object(_ keys: [KeyDescription]) -> [(String, JSONText)] {
        let properties = keys.compactMap { key -> (String, JSONText)? in
            guard let kind = key.kind else { return nil }
            var members: [(String, JSONText)] = [("description", .string(key.doc))]
            members += ConfigSchema.members(kind)
            if let text = key.defaultText, let value = defaultValue(text) { members.append(("default", value)) }
            return (key.name, .object(members))
        }
        return [
            ("type", .string("object")), ("additionalProperties", .boolean(false)), ("properties", .object(properties)),
        ]
    }

    private static func members(_ kind: ValueKind) -> [(String, JSONText)] {
        switch kind {
        case .text: return type("string")
        case .boolean: return type("boolean")
        case .integer(let range):
            return type("integer") + [("minimum", .integer(range.lowerBound)), ("maximum", .integer(range.upperBound))]
        case .numbers(let numbers): return [("enum", .array(numbers.map { .integer($0) }))]
        case .number(let range):
            return type("number") + [("minimum", .number(range.lowerBound)), ("maximum", .number(range.upperBound))]
        case .duration:
            return anyOf([
                type("string") + [("pattern", .string(#"^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$"#))],
                type("number") + [("minimum", .integer(0))],
            ])
        case .size:
            return anyOf([
                type("string") + [("pattern", .string(#"^[0-9]+(\.[0-9]+)?([KkMmGgTt][Ii]?)?[Bb]?$"#))],
                type("integer") + [("minimum", .integer(0))],
            ])
        case .choice(let names): return [("enum", .array(names.map { .string($0) }))]
        case .list(let element, let minimum):
            return type("array") + [("items", .object(members(element)))]
                + (minimum > 0 ? [("minItems", .integer(minimum))] : [])
        case .oneOrMore(let element):
            return anyOf([
                members(element), type("array") + [("items", .object(members(element))), ("minItems", .integer(1))],
            ])
        case .table(let keys): return object(keys)
        case .texts: return type("object") + [("additionalProperties", .object(type("string")))]
        case .map(_, let element):
            return type("object") + [("additionalProperties", .object(members(element)))]
        case .flagOrTable(let keys): return anyOf([type("boolean"), object(keys)])
        case .textOrTable(_, let keys): return anyOf([type("string"), object(keys)])
        case .tableOrTables(let keys):
            return anyOf([object(keys), type("array") + [("items", .object(object(keys))), ("minItems", .integer(1))]])
        case .tables(let keys): return type("array") + [("items", .object(object(keys)))]
        }
    }

    private static func type(_ name: String) -> [(String, JSONText)] { [("type", .string(name))] }

    private static func anyOf(_ alternatives: [[(String, JSONText)]]) -> [(String, JSONText)] {
        [("anyOf", .array(alternatives.map { .object($0) }))]
    }

    /// A default as JSON: TOML's flags, integers and basic strings are written alike; lists are left to the reference.
    private static func defaultValue(_ toml: String) -> JSONText? {
        switch toml {
        case "true", "false": return .boolean(toml == "true")
        case "[]": return .array([])
        default:
            if let number = Int(toml) { return .integer(number) }
            if let number = Double(toml) { return .number(number) }
            guard toml.hasPrefix("\""), toml.hasSuffix("\""), toml.count >= 2 else { return nil }
            return .string(String(toml.dropFirst().dropLast()))
        }
    }
}
