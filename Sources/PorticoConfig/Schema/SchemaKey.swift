// One key of a section: its name, its kind, its place in the section's struct, its meaning. Everything else follows.

/// What a key prints as.
enum PrintedValue: Sendable {
    /// TOML; nil where it is not set.
    case value(String?)
    case table([PrintedKey])
    case tables([[PrintedKey]])
}

struct PrintedKey: Sendable {
    let name: String
    let value: PrintedValue
}

/// A key of the section that decodes into `Section`.
struct SchemaKey<Section: Sendable>: Sendable {
    let name: String
    let doc: String
    /// Described lazily: a kind holds the defaults of nested tables. Nil: not in this version.
    let kind: (@Sendable () -> ValueKind)?
    let read: @Sendable (ConfigNode, inout Section, inout Reading) -> Void
    /// Nil where the key only puts in what another key prints (`host` and `port`, `target`).
    let print: (@Sendable (Section) -> PrintedValue)?
    /// The default of a key that prints nothing.
    var inputDefault: String?

    /// A key with one value.
    init<Value>(
        _ name: String, _ coder: ValueCoder<Value>, _ member: any WritableKeyPath<Section, Value> & Sendable,
        _ doc: String
    ) {
        self.init(
            name: name, doc: doc, kind: { coder.kind },
            read: { node, section, reading in
                guard let value = coder.read(node, &reading) else { return }
                section[keyPath: member] = value
                reading.accept(node)
            },
            print: { .value(coder.text($0[keyPath: member])) })
    }

    /// A nested table: what it does not name keeps the value it had.
    init<Inner>(
        _ name: String, table: SectionSchema<Inner>, _ member: any WritableKeyPath<Section, Inner> & Sendable,
        _ doc: String
    ) {
        self.init(
            name: name, doc: doc, kind: { .table(table.describe()) },
            read: { node, section, reading in
                guard case .table = node.value else {
                    table.refuse(node, &reading)
                    return
                }
                table.read(node, into: &section[keyPath: member], &reading)
            },
            print: { .table(table.printed($0[keyPath: member])) })
    }

    /// A nested table that may be absent: to write it is to switch on what it stands for. Inherited keys keep their value.
    init<Inner>(
        _ name: String, optional table: SectionSchema<Inner>,
        _ member: any WritableKeyPath<Section, Inner?> & Sendable, _ doc: String
    ) {
        self.init(
            name: name, doc: doc, kind: { .table(table.describe()) },
            read: { node, section, reading in
                guard case .table = node.value else {
                    table.refuse(node, &reading)
                    return
                }
                var inner = section[keyPath: member] ?? table.defaults
                table.read(node, into: &inner, &reading)
                section[keyPath: member] = inner
            },
            print: { $0[keyPath: member].map { .table(table.printed($0)) } ?? .value(nil) })
    }

    /// A key that only puts in: another one prints what came of it.
    static func input<Value>(
        _ name: String, _ coder: ValueCoder<Value>, _ member: any WritableKeyPath<Section, Value> & Sendable,
        _ doc: String,
        default inputDefault: String? = nil
    ) -> SchemaKey {
        let key = SchemaKey(name, coder, member, doc)
        return SchemaKey(name: name, doc: doc, kind: key.kind, read: key.read, print: nil, inputDefault: inputDefault)
    }

    /// A key of the contract that this version refuses.
    static func later(_ name: String) -> SchemaKey {
        SchemaKey(
            name: name, doc: "Not in this version.", kind: nil,
            read: { node, _, reading in
                let what = node.header ?? "\(node.path.named)"
                reading.fault("\(what) is not in this version", at: node, .name)
            },
            print: nil)
    }

    init(
        name: String, doc: String, kind: (@Sendable () -> ValueKind)?,
        read: @escaping @Sendable (ConfigNode, inout Section, inout Reading) -> Void,
        print: (@Sendable (Section) -> PrintedValue)?, inputDefault: String? = nil
    ) {
        self.name = name
        self.doc = doc
        self.kind = kind
        self.read = read
        self.print = print
        self.inputDefault = inputDefault
    }
}
