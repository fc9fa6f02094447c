// `${NAME}` and `${NAME:-default}` inside string values. Keys, numbers and comments are never touched.

/// Replaces variables throughout a value tree.
struct EnvironmentSubstitution {
    let environment: [String: String]

    /// The tree with every string resolved; what could not be is `unresolved` and reported.
    func apply(to node: ConfigNode, _ reading: inout Reading) -> ConfigNode {
        var node = node
        switch node.value {
        case .table(let entries): node.value = .table(entries.mapValues { apply(to: $0, &reading) })
        case .array(let elements): node.value = .array(elements.map { apply(to: $0, &reading) })
        case .string(let text):
            do throws(TextProblem) {
                node.value = .string(try resolve(text))
            } catch {
                reading.fault("\(node.path.named): \(error.message)", at: node)
                node.value = .unresolved
            }
        default: break
        }
        return node
    }

    /// The text with its variables replaced. `$${` stands for `${`; a default may be empty and is taken as it stands.
    func resolve(_ text: String) throws(TextProblem) -> String {
        var resolved = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            resolved += rest[..<dollar]
            rest = rest[dollar...]
            if rest.hasPrefix("$${") {
                resolved += "${"
                rest = rest.dropFirst(3)
            } else if rest.hasPrefix("${") {
                resolved += try takeVariable(&rest)
            } else {
                resolved += "$"
                rest = rest.dropFirst()
            }
        }
        return resolved + rest
    }

    private func takeVariable(_ rest: inout Substring) throws(TextProblem) -> String {
        guard let end = rest.firstIndex(of: "}") else {
            throw TextProblem("`${` without `}`; write `$${` for a literal `${`")
        }
        let inner = rest[..<end].dropFirst(2)
        rest = rest[rest.index(after: end)...]
        let nameEnd = inner.firstIndex { !EnvironmentSubstitution.isNameCharacter($0) } ?? inner.endIndex
        let name = String(inner[..<nameEnd])
        let tail = inner[nameEnd...]
        guard !name.isEmpty, !(name.first?.isNumber ?? true), tail.isEmpty || tail.hasPrefix(":-") else {
            throw TextProblem("`${\(ConfigValue.excerpt(String(inner)))}` is not `${NAME}` or `${NAME:-default}`")
        }
        if let value = environment[name], tail.isEmpty || !value.isEmpty { return value }
        guard !tail.isEmpty else {
            throw TextProblem("environment variable `\(name)` is not set; `${\(name):-default}` gives it a default")
        }
        return String(tail.dropFirst(2))
    }

    private static func isNameCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == "_")
    }

    /// The text that `resolve` gives back unchanged.
    static func escape(_ text: String) -> String {
        var escaped = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            escaped += rest[..<dollar]
            rest = rest[dollar...].dropFirst()
            escaped += rest.hasPrefix("{") ? "$$" : "$"
        }
        return escaped + rest
    }
}
