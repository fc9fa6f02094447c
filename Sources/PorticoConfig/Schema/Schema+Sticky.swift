// `sticky_sessions`: a flag, or a table that switches it on.
import PorticoCore

extension Schema {
    static let sticky = SectionSchema(
        StickySettings(),
        [
            SchemaKey("cookie", .cookieName, \.cookie, "The cookie's name."),
            SchemaKey(
                "ttl", ValueCoder<Duration>.duration(.seconds(1)).optional, \.ttl,
                "How long browsers keep the cookie. Not set: until they close."),
            SchemaKey(
                "secret", ValueCoder<String>.secret(atLeast: 16).optional, \.secret,
                "What the cookie's value is made with: the same text keeps cookies valid across restarts and machines. "
                    + "Not set: a random one, as long as the process lives."),
            SchemaKey("secret_file", .path(allowsEmpty: true), \.secretFile, "A file that holds the secret."),
        ])

    static let stickySessions = SchemaKey<ProxyDraft>(
        name: "sticky_sessions", doc: "A client stays with the target that answered it first, by a cookie.",
        kind: { .flagOrTable(sticky.describe()) },
        read: { node, draft, reading in
            switch node.value {
            case .boolean(let flag): draft.settings.sticky.enabled = flag
            case .table:
                sticky.read(node, into: &draft.settings.sticky, &reading)
                draft.settings.sticky.enabled = true
                if draft.settings.sticky.secret != nil, !draft.settings.sticky.secretFile.isEmpty {
                    reading.fault("`secret` in \(node.path.named) does not go together with `secret_file`", at: node)
                }
            default:
                reading.mismatch(node, expected: ValueKind.flagOrTable([]).expected)
                return
            }
            reading.accept(node)
        },
        print: { draft in
            let settings = draft.settings.sticky
            var plain = StickySettings()
            plain.enabled = settings.enabled
            return .value(settings == plain || !settings.enabled ? "\(settings.enabled)" : sticky.inlineText(settings))
        })
}

extension ValueCoder where Value == String {
    fileprivate static var cookieName: ValueCoder {
        parsed("a cookie's name") { text throws(TextProblem) in
            guard TextRules.isToken(text) else {
                throw TextProblem("expected a cookie's name, found \"\(ConfigValue.excerpt(text))\"")
            }
            return text
        } print: {
            $0
        }
    }

    /// A text that is never shown.
    fileprivate static func secret(atLeast length: Int) -> ValueCoder {
        parsed("a secret of at least \(length) characters") { text throws(TextProblem) in
            guard text.utf8.count >= length else {
                throw TextProblem("expected a secret of at least \(length) characters")
            }
            return try TextRules.printable(text)
        } print: { _ in
            "<redacted>"
        }
    }
}
