// The syntax of `path`: exact, prefix, or everything.

extension PathPattern {
    /// Reads `/health`, `/api/*` or `*`.
    init(text: String) throws(TextProblem) {
        let shown = ConfigValue.excerpt(text)
        if text == "*" || text == "/*" {
            self = .any
            return
        }
        guard text.hasPrefix("/") else {
            throw TextProblem("a path starts with `/` (or is `*`), found \"\(shown)\"", suggestion: "/" + text)
        }
        let isPrefix = text.hasSuffix("/*")
        let path = isPrefix ? String(text.dropLast(2)) : text
        guard !path.contains("*") else {
            throw TextProblem("`*` may only stand at the end, as in \"/api/*\"; found \"\(shown)\"")
        }
        guard path.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
        else { throw TextProblem("a path holds no spaces, `?` or `#`, found \"\(shown)\"") }
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard !segments.contains("."), !segments.contains(".."), !segments.dropLast().contains("") else {
            throw TextProblem("a path holds no empty, `.` or `..` segments, found \"\(shown)\"")
        }
        self = isPrefix ? .prefix(path) : .exact(path)
    }

    /// Whether every path the other pattern matches is matched by this one.
    func covers(_ other: PathPattern) -> Bool {
        switch (self, other) {
        case (.any, _): true
        case (_, .any): false
        case (.exact(let path), .exact(let other)): path == other
        case (.exact, .prefix): false
        case (.prefix(let path), .exact(let other)), (.prefix(let path), .prefix(let other)):
            other == path || other.hasPrefix(path + "/")
        }
    }
}
