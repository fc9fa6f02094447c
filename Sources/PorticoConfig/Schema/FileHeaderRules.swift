// What may be said of files in `headers` and `mime_types`: names that are the wire's or come from the file are refused.

extension TextRules {
    /// Fields that frame a message or belong to one connection (RFC 9110 §7.6.1, RFC 9112 §6).
    private static let framing: Set<String> = [
        "connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding",
        "upgrade", "proxy-authenticate", "proxy-authorization",
    ]
    /// Fields that follow from the file and the request: another value would make caches and ranges wrong.
    private static let derived: Set<String> = [
        "accept-ranges", "content-encoding", "content-range", "date", "etag", "last-modified",
    ]

    static func fileHeaderName(_ text: String) throws(TextProblem) -> String {
        guard isToken(text) else {
            throw TextProblem("\"\(ConfigValue.excerpt(text))\" is not the name of a header field")
        }
        let name = text.lowercased()
        if framing.contains(name) {
            throw TextProblem("the framing of a message is not for configuration; leave it out")
        }
        if derived.contains(name) {
            throw TextProblem("this field follows from the file and cannot be set; leave it out")
        }
        return text
    }

    /// An extension with or without its dot; kept without, in lower case.
    static func fileExtension(_ text: String) throws(TextProblem) -> String {
        let name = text.hasPrefix(".") ? text.dropFirst() : text[...]
        guard isToken(name), !name.contains(".") else {
            throw TextProblem("expected one extension such as \".glb\", found \"\(ConfigValue.excerpt(text))\"")
        }
        return name.lowercased()
    }

    /// A media type, perhaps with parameters.
    static func fullMediaType(_ text: String) throws(TextProblem) -> String {
        let parts = text.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)
        let essence = parts[0].split(separator: "/", omittingEmptySubsequences: false)
        guard essence.count == 2, isToken(essence[0]), isToken(essence[1]), !parts[0].contains("*") else {
            throw TextProblem(
                "expected a media type such as \"text/plain; charset=utf-8\", found \"\(ConfigValue.excerpt(text))\"")
        }
        return try printable(text)
    }
}
