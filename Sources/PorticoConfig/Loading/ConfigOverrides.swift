// Values from the command line. They pass the same readers as the file's, and win over it.

package struct ConfigOverrides: Sendable, Equatable {
    package var directory: String?
    package var host: String?
    package var port: Int?
    package var threads: Int?
    package var logLevel: String?

    package init(
        directory: String? = nil, host: String? = nil, port: Int? = nil, threads: Int? = nil, logLevel: String? = nil
    ) {
        self.directory = directory
        self.host = host
        self.port = port
        self.threads = threads
        self.logLevel = logLevel
    }

    /// The flags as a file would hold them: tables by section.
    var tree: ConfigNode {
        let root = ConfigPath()
        let sections = [
            section(
                "server",
                [
                    ("host", "--host", host.map { .string($0) }), ("port", "--port", port.map { .integer($0) }),
                    ("threads", "--threads", threads.map { .integer($0) }),
                ]),
            section("static", [("directory", "--directory", directory.map { .string($0) })]),
            section("logging", [("level", "--log-level", logLevel.map { .string($0) })]),
        ]
        let entries = sections.compactMap { $0 }.map { ($0.path.description, $0) }
        return ConfigOverrides.node(root, "the command line", .table(Dictionary(uniqueKeysWithValues: entries)))
    }

    private func section(_ name: String, _ flags: [(key: String, flag: String, value: ConfigValue?)]) -> ConfigNode? {
        let path = ConfigPath(name)
        var entries: [String: ConfigNode] = [:]
        for (key, flag, value) in flags {
            guard let value else { continue }
            entries[key] = ConfigOverrides.node(path.appending(key: key), flag, value)
        }
        return entries.isEmpty ? nil : ConfigOverrides.node(path, "the command line", .table(entries))
    }

    private static func node(_ path: ConfigPath, _ flag: String, _ value: ConfigValue) -> ConfigNode {
        ConfigNode(path: path, key: nil, span: nil, origin: .commandLine(flag), value: value)
    }
}
