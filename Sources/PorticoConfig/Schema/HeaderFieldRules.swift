// Header fields in the configuration: which names and values may be written where, and the key that holds a table of them.

/// What a table of header fields may name.
enum HeaderFieldRules: Sendable {
    /// `headers`: what a request must have.
    case matched
    /// `request_headers`: what a backend gets.
    case sentToBackend
    /// `response_headers`: what a client gets.
    case sentToClient

    /// They say how long a message is or belong to one connection (RFC 9110 §7.6.1, RFC 9112 §6): never a rule's business.
    private static let framing: Set<String> = [
        "connection", "content-length", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization",
        "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    ]

    /// Why a name cannot be used here; nil where it can.
    func refusal(_ name: String) -> TextProblem? {
        guard TextRules.isToken(name) else { return TextProblem("\"\(ConfigValue.excerpt(name))\" is no header name") }
        switch self {
        case .matched where name.lowercased() == "host":
            return TextProblem("`Host` is matched by the key `host`", suggestion: "host")
        case .matched: return nil
        case .sentToBackend where name.lowercased() == "host":
            return TextProblem("`Host` is set by the key `host_header`", suggestion: "host_header")
        case .sentToClient where ["date", "host"].contains(name.lowercased()):
            return TextProblem("\"\(name)\" cannot be changed by a rule")
        case .sentToBackend, .sentToClient:
            guard HeaderFieldRules.framing.contains(name.lowercased()) else { return nil }
            return TextProblem("\"\(name)\" belongs to the connection or frames the message; no rule may change it")
        }
    }

    /// A name alone, for lists of what to remove.
    var name: ValueCoder<String> {
        .parsed("a header name") { text throws(TextProblem) in
            if let refusal = refusal(text) { throw refusal }
            return text
        } print: {
            $0
        }
    }

    /// RFC 9110 §5.5: no control characters, nothing around it.
    static func value(_ text: String) throws(TextProblem) -> String {
        guard text.utf8.count <= 4096 else { throw TextProblem("a header value has at most 4096 bytes") }
        guard text.first != " ", text.first != "\t", text.last != " ", text.last != "\t" else {
            throw TextProblem("a header value neither starts nor ends with a space")
        }
        return try TextRules.printable(text)
    }
}

extension ValueCoder where Value == String {
    static var headerValue: ValueCoder { parsed("a header value", HeaderFieldRules.value) { $0 } }
}

extension SchemaKey {
    /// A table of header fields. What it does not name keeps the value it had.
    init(
        _ name: String, fields rules: HeaderFieldRules,
        _ member: any WritableKeyPath<Section, [HeaderField]> & Sendable, _ doc: String
    ) {
        let coder = ValueCoder<String>.headerValue
        self.init(
            name: name, doc: doc, kind: { .map("header fields", coder.kind) },
            read: { node, section, reading in
                guard case .table(let entries) = node.value else {
                    return reading.mismatch(node, expected: "a table such as { \"X-Name\" = \"value\" }")
                }
                for (name, entry) in entries.sorted(by: { $0.value.isWrittenBefore($1.value) }) {
                    if let refusal = rules.refusal(name) {
                        reading.fault(
                            "\(node.path.named): \(refusal.message)", at: entry, .name, suggestion: refusal.suggestion)
                        continue
                    }
                    guard let value = coder.read(entry, &reading) else { continue }
                    section[keyPath: member].set(HeaderField(name: name, value: value), node, entry, &reading)
                }
            },
            print: { section in
                let fields = section[keyPath: member]
                guard !fields.isEmpty else { return .value("{}") }
                return .table(fields.map { PrintedKey(name: $0.name, value: .value(TOMLText.quoted($0.value))) })
            })
    }
}

extension [HeaderField] {
    /// Names are compared without regard to case; a route's own field takes the place of its defaults'.
    fileprivate mutating func set(
        _ field: HeaderField, _ table: ConfigNode, _ node: ConfigNode, _ reading: inout Reading
    ) {
        if let index = firstIndex(where: { $0.name.lowercased() == field.name.lowercased() }) {
            reading.forget(table.path.appending(key: self[index].name).description)
            self[index] = field
        } else {
            append(field)
        }
        reading.accept(node)
    }
}

extension ConfigNode {
    fileprivate func isWrittenBefore(_ other: ConfigNode) -> Bool {
        (key?.line ?? 0, key?.start ?? 0) < (other.key?.line ?? 0, other.key?.start ?? 0)
    }
}
