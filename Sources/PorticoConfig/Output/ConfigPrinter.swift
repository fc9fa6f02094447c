// The effective configuration as TOML, with the origin of each value. What is printed can be loaded again.

package enum ConfigPrinter {
    /// The values alone, secrets redacted, for those who do not know where they come from.
    package static func toml(_ configuration: Configuration) -> String {
        let loaded = LoadedConfiguration(
            configuration: configuration, path: nil, name: "", overrides: ConfigOverrides(), origins: [:], warnings: [],
            targetPlaces: [])
        return toml(loaded).split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasSuffix(defaultMark) ? line.dropLast(defaultMark.count) : line
        }.joined(separator: "\n")
    }

    private static let defaultMark = "  # default"

    /// `port = 8080  # app_config.toml:3`, section by section.
    package static func toml(_ loaded: LoadedConfiguration) -> String {
        let keys = Schema.root.printed(ConfigurationDraft(loaded.configuration))
        var lines: [String] = []
        // Folded into each route already.
        for key in keys where key.name != "proxy_defaults" {
            write(key, path: key.name, header: key.name, loaded, &lines)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func write(
        _ key: PrintedKey, path: String, header: String, _ loaded: LoadedConfiguration, _ lines: inout [String]
    ) {
        switch key.value {
        case .value(let text?): lines.append("\(bare(key.name)) = \(text)  # \(loaded.origin(of: path))")
        case .value(nil): lines.append("# \(key.name): not set")
        case .table(let keys):
            if !lines.isEmpty { lines.append("") }
            lines.append("[\(header)]")
            write(keys, path: path, header: header, loaded, &lines)
        case .tables(let tables):
            for (index, keys) in tables.enumerated() {
                lines += ["", "[[\(header)]]"]
                write(keys, path: "\(path)[\(index)]", header: header, loaded, &lines)
            }
        }
    }

    /// Names that the file chose, such as those of header fields, may need quotes.
    private static func bare(_ name: String) -> String {
        let isBare = name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
            default: false
            }
        }
        return isBare ? name : TOMLText.quoted(name)
    }

    /// Values first: behind a table's header they would belong to it.
    private static func write(
        _ keys: [PrintedKey], path: String, header: String, _ loaded: LoadedConfiguration, _ lines: inout [String]
    ) {
        for key in keys.filter(\.isValue) + keys.filter({ !$0.isValue }) {
            write(key, path: "\(path).\(key.name)", header: "\(header).\(key.name)", loaded, &lines)
        }
    }
}

extension PrintedKey {
    fileprivate var isValue: Bool {
        if case .value = value { true } else { false }
    }
}
