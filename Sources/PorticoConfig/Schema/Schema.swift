// The root of the configuration's schema: every section of the contract, implemented or not.

enum Schema {
    static let root = SectionSchema(
        ConfigurationDraft(),
        [
            SchemaKey("application", table: application, \.application, "Names this installation."),
            SchemaKey("server", table: server, \.server, "Where Portico listens and what it bears with."),
            SchemaKey("admin", table: admin, \.admin, "The listener for operators: state, targets, draining."),
            sites, redirects,
            SchemaKey(
                "proxy_defaults", table: proxyDefaults, \.proxyDefaults,
                "What every [[proxy]] starts with: any of its keys but `path`, `host`, `target` and `targets`."),
            proxies,
            SchemaKey("ssl", table: ssl, \.ssl, "HTTPS on a port of its own."),
            SchemaKey("logging", table: logging, \.logging, "What is written where, and how much of it is kept."),
            SchemaKey("tracing", table: tracing, \.tracing, "Which requests become spans, and where those are sent."),
            .later("tunnel"), .later("tunnel_server"), .later("ai_analysis"),
            .later("mcp"), .later("llm"),
        ] + policies())

    static let application = SectionSchema(
        ApplicationSettings(),
        [
            SchemaKey("name", .text(), \.name, "The name in log file names (`{name}`)."),
            SchemaKey(
                "environment", .text(), \.environment,
                "Such as \"production\" or \"staging\": a label in `/status` and in spans."),
        ])

    /// Policies stand at the top level and inside routes and sites.
    static func policies<Section>() -> [SchemaKey<Section>] {
        ["rate_limit", "auth", "access", "cors", "security_headers"].map { .later($0) }
    }

    /// The section that a key of exactly this name belongs to.
    static func home(of name: String) -> String? {
        for section in root.describe() where section.name != "proxy_defaults" {
            switch section.kind {
            case .table(let keys) where keys.contains { $0.name == name }: return "[\(section.name)]"
            case .tables(let keys) where keys.contains { $0.name == name }: return "[[\(section.name)]]"
            default: continue
            }
        }
        return nil
    }
}
