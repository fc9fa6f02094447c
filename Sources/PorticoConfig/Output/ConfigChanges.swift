// What differs between two configurations, by key: what a reload tells.

package enum ConfigChanges {
    /// The paths of keys with another value, such as `server.port` or `proxy[1].timeout`; of a list of tables that grew or
    /// shrank, the tables that came or went. In the order of the reference.
    package static func paths(from old: Configuration, to new: Configuration) -> [String] {
        let before = values(old)
        let after = values(new)
        let was = Dictionary(before) { first, _ in first }
        let stays = Set(after.map(\.path))
        let changed = after.filter { was[$0.path] != .some($0.text) }.map(\.path)
        let gone = before.filter { !stays.contains($0.path) }.map(\.path)
        return changed + gone
    }

    private typealias Value = (path: String, text: String?)

    private static func values(_ configuration: Configuration) -> [Value] {
        var values: [Value] = []
        for key in Schema.root.printed(ConfigurationDraft(configuration)) where key.name != "proxy_defaults" {
            add(key, path: key.name, to: &values)
        }
        return values
    }

    private static func add(_ key: PrintedKey, path: String, to values: inout [Value]) {
        switch key.value {
        case .value(let text): values.append((path, text))
        case .table(let keys): for key in keys { add(key, path: "\(path).\(key.name)", to: &values) }
        case .tables(let tables):
            for (index, keys) in tables.enumerated() {
                for key in keys { add(key, path: "\(path)[\(index)].\(key.name)", to: &values) }
            }
        }
    }
}
