// The syntax of short texts: what may stand in a method, a media type, a log file's name.

enum TextRules {
    static func printable(_ text: String) throws(TextProblem) -> String {
        guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw TextProblem("\"\(ConfigValue.excerpt(text))\" holds a control character")
        }
        return text
    }

    /// RFC 9110, 5.6.2.
    static func isToken(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { isTokenByte($0) }
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    /// Methods are case-sensitive (RFC 9110, 9.1); lower case would never match.
    static func method(_ text: String) throws(TextProblem) -> String {
        guard isToken(text) else { throw TextProblem("\"\(ConfigValue.excerpt(text))\" is not a method") }
        guard text == text.uppercased() else {
            throw TextProblem("methods are case-sensitive, found \"\(text)\"", suggestion: text.uppercased())
        }
        return text
    }

    static func mediaType(_ text: String) throws(TextProblem) -> String {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, isToken(parts[0]), isToken(parts[1]), !parts[0].contains("*"),
            parts[1] == "*" || !parts[1].contains("*")
        else {
            throw TextProblem("expected a media type such as \"text/*\", found \"\(ConfigValue.excerpt(text))\"")
        }
        return text.lowercased()
    }

    static func cachePattern(_ text: String) throws(TextProblem) -> String {
        guard text.hasPrefix("/") || text.hasPrefix("*") else {
            throw TextProblem("a path pattern starts with `/` or `*`, found \"\(ConfigValue.excerpt(text))\"")
        }
        return try printable(text)
    }

    static let logPlaceholders = ["date", "pid", "hostname", "name"]

    static func logFilePattern(_ text: String) throws(TextProblem) -> String {
        guard !text.isEmpty, !text.contains("/"), text != ".", text != ".." else {
            throw TextProblem("expected a file name without `/`, found \"\(ConfigValue.excerpt(text))\"")
        }
        var rest = try printable(text)[...]
        while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
            guard rest[brace] == "{", let end = rest[brace...].firstIndex(of: "}") else {
                throw TextProblem("unmatched `\(rest[brace])`")
            }
            let name = String(rest[rest.index(after: brace)..<end])
            guard logPlaceholders.contains(name) else {
                let known = logPlaceholders.map { "{\($0)}" }.joined(separator: " ")
                throw TextProblem(
                    "unknown placeholder `{\(name)}`; known are \(known)",
                    suggestion: NearestName.to(name, in: logPlaceholders).map { "{\($0)}" })
            }
            rest = rest[rest.index(after: end)...]
        }
        return text
    }
}
