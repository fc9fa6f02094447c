// The keys of `[[proxy]]` that change what passes: path, header fields, bodies.
import PorticoCore

extension Schema {
    static let messageRules: [SchemaKey<ProxyDraft>] = [
        SchemaKey(
            "rewrite", table: rewrite, \.settings.rewrite,
            "Changes the path the backend sees, once the prefix is gone: what `from` matches becomes `to`."),
        SchemaKey(
            "ssl_required", .boolean, \.settings.requiresTLS,
            "Plain HTTP is redirected to HTTPS (308; GET and HEAD) or refused (403; the rest)."),
        SchemaKey(
            "request_headers", table: headerRules(.sentToBackend), \.settings.requestHeaders,
            "Header fields that backends get, or do not get."),
        SchemaKey(
            "response_headers", table: headerRules(.sentToClient), \.settings.responseHeaders,
            "Header fields that clients get, or do not get."),
        SchemaKey(
            "compression", .boolean, \.settings.compression, "Compress answers that the backend left plain."),
    ]

    static let rewrite = SectionSchema(
        RewriteSettings(),
        [
            SchemaKey("from", ValueCoder<String>.pattern.optional, \.from, "A regular expression for the path."),
            SchemaKey(
                "to", ValueCoder<String>.replacement.optional, \.to,
                "What takes the place of the match; `$1` to `$9` are its groups, `$0` is all of it."),
        ])

    private static func headerRules(_ rules: HeaderFieldRules) -> SectionSchema<HeaderRuleSettings> {
        SectionSchema(
            HeaderRuleSettings(),
            [
                SchemaKey("set", fields: rules, \.set, "Fields that take the place of any of their name."),
                SchemaKey("add", fields: rules, \.add, "Fields that come besides any of their name."),
                SchemaKey("remove", .list(rules.name), \.remove, "Names of fields that are dropped."),
            ])
    }
}
