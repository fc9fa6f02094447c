// Where in the configuration a value stands, independent of how the file writes it.

/// A path of keys and list indices, such as `proxy[0].pool.max_idle`.
struct ConfigPath: Sendable, Hashable, CustomStringConvertible {
    enum Component: Sendable, Hashable {
        case key(String)
        case index(Int)
    }

    private(set) var components: [Component] = []

    init() {}

    init(_ keys: String...) { components = keys.map { .key($0) } }

    private init(components: [Component]) { self.components = components }

    func appending(key: String) -> ConfigPath { ConfigPath(components: components + [.key(key)]) }

    func appending(index: Int) -> ConfigPath { ConfigPath(components: components + [.index(index)]) }

    var description: String { ConfigPath.text(components[...]) }

    /// The last key with the indices behind it: `targets[1]`.
    var leaf: String { ConfigPath.text(components[lastKeyIndex...]) }

    /// How a fault names it: "`port` in [server]", "`levle` at the top level".
    var named: String {
        let shown = ConfigValue.excerpt(leaf)
        guard lastKeyIndex > 0 else { return "`\(shown)` at the top level" }
        return "`\(shown)` in \(ConfigPath(components: Array(components[..<lastKeyIndex])).sectionText)"
    }

    /// The path of a table as a section header: `[server]`, `[[proxy]]`, `[proxy.pool]`.
    private var sectionText: String {
        let keys = components.compactMap { if case .key(let key) = $0 { key } else { nil } }
        if case .index = components.last, keys.count == 1 { return "[[\(keys[0])]]" }
        return "[\(keys.joined(separator: "."))]"
    }

    private var lastKeyIndex: Int {
        components.lastIndex { if case .key = $0 { true } else { false } } ?? 0
    }

    private static func text(_ components: ArraySlice<Component>) -> String {
        components.reduce(into: "") { text, component in
            switch component {
            case .key(let key): text += text.isEmpty ? key : ".\(key)"
            case .index(let index): text += "[\(index)]"
            }
        }
    }
}
