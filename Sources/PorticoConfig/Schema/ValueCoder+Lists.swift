// Coders of lists, and of "one value or a list of them".

extension ValueCoder {
    /// A list. Each faulty element is reported; one is enough to refuse the list.
    static func list<Element: Sendable>(_ element: ValueCoder<Element>, minimum: Int = 0) -> ValueCoder<[Element]>
    where Value == [Element] {
        let kind = ValueKind.list(element.kind, minimum: minimum)
        return ValueCoder(kind: kind) { node, reading in
            guard case .array(let nodes) = node.value, nodes.count >= minimum else {
                reading.mismatch(node, expected: kind.expected)
                return nil
            }
            return readAll(nodes, element, &reading)
        } text: {
            "[\($0.compactMap(element.text).joined(separator: ", "))]"
        }
    }

    /// `"a"` or `["a", "b"]`.
    static func oneOrMore<Element: Sendable>(_ element: ValueCoder<Element>) -> ValueCoder<[Element]>
    where Value == [Element] {
        let kind = ValueKind.oneOrMore(element.kind)
        return ValueCoder(kind: kind) { node, reading in
            guard case .array(let nodes) = node.value else { return element.read(node, &reading).map { [$0] } }
            guard !nodes.isEmpty else {
                reading.fault(
                    "\(node.path.named): the list is empty; leave the key out "
                        + "or name at least one", at: node, expected: kind.expected)
                return nil
            }
            return readAll(nodes, element, &reading)
        } text: { values in
            switch values.count {
            case 0: nil
            case 1: element.text(values[0])
            default: "[\(values.compactMap(element.text).joined(separator: ", "))]"
            }
        }
    }

    private static func readAll<Element>(
        _ nodes: [ConfigNode], _ element: ValueCoder<Element>, _ reading: inout Reading
    ) -> [Element]? {
        let values = nodes.compactMap { element.read($0, &reading) }
        return values.count == nodes.count ? values : nil
    }
}
