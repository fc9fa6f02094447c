// `[static]` or `[[static]]`: one site, or several in the order in which they are asked.

extension Schema {
    static let sites = SchemaKey<ConfigurationDraft>(
        name: "static",
        doc: "The directory that is served, or several. The first site in file order that matches answers.",
        kind: { .tableOrTables(site.describe()) },
        read: { node, draft, reading in
            switch node.value {
            case .table:
                // The flag comes second, behind what the file says.
                if draft.sites.count > 1, let flag = node.entries["directory"] {
                    reading.fault("--directory does not go together with several sites, [[static]]", at: flag)
                    return
                }
                site.read(node, into: &draft.sites[0], &reading)
            case .array(let nodes) where !nodes.isEmpty:
                draft.sites = nodes.map { readSite($0, isOnly: nodes.count == 1, &reading) }
            default: site.refuse(node, &reading)
            }
        },
        print: { draft in
            draft.sites.count == 1
                ? .table(site.printed(draft.sites[0])) : .tables(draft.sites.map { site.printed($0) })
        })

    private static func readSite(_ node: ConfigNode, isOnly: Bool, _ reading: inout Reading) -> SiteSettings {
        var settings = SiteSettings()
        guard case .table(let entries) = node.value else {
            reading.mismatch(node, expected: "a table")
            return settings
        }
        site.read(node, into: &settings, &reading)
        if !isOnly, entries["directory"] == nil {
            reading.fault(
                "each of several [[static]] needs `directory`", at: node, .name, expected: "directory = \"./public\"")
        }
        // One site is the same, however it is written.
        let prefix = "\(node.path)."
        if isOnly {
            for (path, value) in reading.accepted where path.hasPrefix(prefix) {
                reading.accept(value, as: "static.\(path.dropFirst(prefix.count))")
            }
        }
        return settings
    }
}

extension ValueCoder where Value == PathPattern {
    static var sitePath: ValueCoder {
        parsed("a prefix such as \"/docs/*\"") { text throws(TextProblem) in
            let pattern = try PathPattern(text: text)
            if case .exact(let path) = pattern {
                let folder = path.hasSuffix("/") ? String(path.dropLast()) : path
                throw TextProblem(
                    "a site lies below a prefix, found \"\(ConfigValue.excerpt(text))\"", suggestion: folder + "/*")
            }
            return pattern
        } print: {
            $0.description
        }
    }
}
