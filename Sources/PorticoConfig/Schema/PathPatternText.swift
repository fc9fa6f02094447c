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
        guard let compared = Self.asCompared(path) else {
            throw TextProblem("`%` begins an escape of two hexadecimal digits, not 00; found \"\(shown)\"")
        }
        let segments = compared.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard !segments.contains("."), !segments.contains(".."), !segments.dropLast().contains("") else {
            throw TextProblem("a path holds no empty, `.` or `..` segments, found \"\(shown)\"")
        }
        guard compared == path else {
            throw TextProblem(
                "a path is written as those of requests are compared: letters, digits and `-._~` as they are, what is not "
                    + "ASCII as escapes, their digits in capitals; found \"\(shown)\"",
                suggestion: compared + (isPrefix ? "/*" : ""))
        }
        self = isPrefix ? .prefix(path) : .exact(path)
    }

    /// The same with unreserved characters decoded and what no request line can hold escaped (RFC 3986 section 6.2.2); nil where an
    /// escape is none.
    private static func asCompared(_ path: String) -> String? {
        var result = ""
        var rest = Array(path.utf8)[...]
        while let byte = rest.popFirst() {
            if byte >= 0x80 {
                result += "%" + String(byte, radix: 16, uppercase: true)
            } else if byte != UInt8(ascii: "%") {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(decoding: rest.prefix(2), as: UTF8.self)
                guard digits.utf8.count == 2, digits.allSatisfy(\.isHexDigit), let value = UInt8(digits, radix: 16),
                    value > 0
                else { return nil }
                rest = rest.dropFirst(2)
                result += isUnreserved(value) ? String(Unicode.Scalar(value)) : "%" + digits.uppercased()
            }
        }
        return result
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~".utf8.contains(byte)
        }
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
