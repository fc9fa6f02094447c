// How one value is read from the tree and written back as TOML. The kinds of coders are in ValueCoder+….

/// Reads and prints values of one type; a failed read has reported its fault.
struct ValueCoder<Value: Sendable>: Sendable {
    let kind: ValueKind
    let read: @Sendable (ConfigNode, inout Reading) -> Value?
    /// The value as TOML; nil where it stands for "not set".
    let text: @Sendable (Value) -> String?

    /// A coder of a text with a syntax of its own.
    static func parsed(
        _ hint: String, _ parse: @escaping @Sendable (String) throws(TextProblem) -> Value,
        print: @escaping @Sendable (Value) -> String
    ) -> ValueCoder {
        ValueCoder(kind: .text(hint)) { node, reading in
            guard case .string(let text) = node.value else {
                reading.mismatch(node, expected: hint)
                return nil
            }
            do throws(TextProblem) {
                return try parse(text)
            } catch {
                reading.fault(error, at: node)
                return nil
            }
        } text: {
            TOMLText.quoted(print($0))
        }
    }

    /// The same coder for a value that may be absent: no key, no value.
    var optional: ValueCoder<Value?> {
        ValueCoder<Value?>(kind: kind) { [read] in
            read($0, &$1)
        } text: { [text] in
            $0.flatMap(text)
        }
    }
}
