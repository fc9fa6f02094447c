// The keys of `[[redirect]]`, and what its texts may hold.
import PorticoCore

extension Schema {
    static let redirect = SectionSchema(
        RedirectSettings(),
        [
            SchemaKey(
                "from", .redirectSource, \.from,
                "Which paths: \"/old\" alone, \"/old/*\" for `/old` and below, `*` elsewhere within a segment. Required."
            ),
            SchemaKey(
                "to", .redirectTarget, \.to,
                "A path of this server or an http URL; `$1` is what the first `*` stood for. Required."),
            SchemaKey(
                "status", .numbers(RedirectSettings.statuses), \.status,
                "How the client is told; 200 answers with the file at `to` where none lies at the path itself."),
            SchemaKey(
                "host", .oneOrMore(.hostPattern), \.hosts,
                "Only these hosts; `*.example.com` covers each subdomain."),
        ])

    static let redirects = SchemaKey<ConfigurationDraft>(
        name: "redirect", doc: "Paths that lead elsewhere. The first match in file order wins.",
        kind: { .tables(redirect.describe()) },
        read: { node, draft, reading in
            guard case .array(let nodes) = node.value else {
                reading.fault(
                    "redirects are written [[redirect]], with double brackets", at: node, .name,
                    suggestion: "[[redirect]]")
                return
            }
            for node in nodes { draft.redirects.append(readRedirect(node, &reading)) }
        },
        print: { .tables($0.redirects.map { redirect.printed($0) }) })

    private static func readRedirect(_ node: ConfigNode, _ reading: inout Reading) -> RedirectSettings {
        var settings = RedirectSettings()
        guard case .table(let entries) = node.value else {
            reading.mismatch(node, expected: "a table")
            return settings
        }
        redirect.read(node, into: &settings, &reading)
        for name in ["from", "to"] where entries[name] == nil {
            reading.fault("a [[redirect]] needs `\(name)`", at: node, .name, expected: "\(name) = \"/…\"")
        }
        guard let to = entries["to"], !settings.to.isEmpty, !settings.from.isEmpty else { return settings }
        if settings.isRewrite, !settings.to.hasPrefix("/") || settings.to.contains("?") || settings.to.contains("#") {
            reading.fault(
                "`to` in [[redirect]]: with status 200 it is a path of this server, without `?` and `#`", at: to)
        }
        let known = PathGlob(settings.from).wildcards
        for number in 1...PathGlob.mostWildcards where number > known && settings.to.contains("$\(number)") {
            reading.fault(
                "`to` in [[redirect]]: `$\(number)` stands for nothing; `from` has \(known) wildcard\(known == 1 ? "" : "s")",
                at: to)
            break
        }
        return settings
    }
}

extension ValueCoder where Value == String {
    static var redirectSource: ValueCoder {
        parsed("a path such as \"/old/*\"", RedirectRules.source) { $0 }
    }

    static var redirectTarget: ValueCoder {
        parsed("a path or an http URL", RedirectRules.target) { $0 }
    }
}

enum RedirectRules {
    static func source(_ text: String) throws(TextProblem) -> String {
        let shown = ConfigValue.excerpt(text)
        let wildcards = text.utf8.count { $0 == UInt8(ascii: "*") }
        guard text.hasPrefix("/") || (text.hasPrefix("*") && wildcards == 1) else {
            throw TextProblem(
                "a path starts with `/`, or with the only `*` in it; found \"\(shown)\"",
                suggestion: text.hasPrefix("*") ? nil : "/" + text)
        }
        guard wildcards <= PathGlob.mostWildcards, !text.contains("**") else {
            throw TextProblem("at most \(PathGlob.mostWildcards) wildcards, and not side by side; found \"\(shown)\"")
        }
        guard !text.contains("?"), !text.contains("#"), !text.contains("\\") else {
            throw TextProblem("a path holds no `?`, `#` or backslash, found \"\(shown)\"")
        }
        let segments = text.split(separator: "/")
        guard !segments.contains("."), !segments.contains("..") else {
            throw TextProblem("a path holds no `.` or `..` segments, found \"\(shown)\"")
        }
        return try TextRules.printable(text)
    }

    /// What a wildcard captured may never choose the host.
    static func target(_ text: String) throws(TextProblem) -> String {
        let shown = ConfigValue.excerpt(text)
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else {
            throw TextProblem("spaces, backslashes and bytes beyond ASCII are written %XX, found \"\(shown)\"")
        }
        if text.hasPrefix("/") {
            guard !text.hasPrefix("//") else {
                throw TextProblem("`//` leads to another host; write http:// or https://, found \"\(shown)\"")
            }
            return text
        }
        let scheme = ["http://", "https://"].first { text.lowercased().hasPrefix($0) }
        guard let scheme else {
            throw TextProblem("expected a path or an http URL, found \"\(shown)\"")
        }
        let authority = text.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.contains("$") else {
            throw TextProblem("`$1` may not be part of the host: anyone could choose it; found \"\(shown)\"")
        }
        guard let (host, port) = NetworkRules.authority(authority), NetworkRules.host(host) != nil,
            port.map({ NetworkRules.port($0, 1...65_535) != nil }) ?? true
        else { throw TextProblem("expected a host behind \(scheme), found \"\(shown)\"") }
        return text
    }
}
