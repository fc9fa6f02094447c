// Coders of texts: plain words, paths, file names, media types.

extension ValueCoder where Value == String {
    /// Any text without control characters.
    static func text(_ hint: String = "a text", allowsEmpty: Bool = false) -> ValueCoder {
        parsed(hint) { text throws(TextProblem) in
            guard allowsEmpty || !text.isEmpty else { throw TextProblem("expected \(hint), found an empty one") }
            return try TextRules.printable(text)
        } print: {
            $0
        }
    }

    /// A path, made absolute from where it was written.
    static var path: ValueCoder { path(allowsEmpty: false) }

    /// Empty may stand for "not set".
    static func path(allowsEmpty: Bool) -> ValueCoder {
        ValueCoder(kind: .text("a path")) { node, reading in
            guard let path = text("a path", allowsEmpty: allowsEmpty).read(node, &reading) else { return nil }
            return path.isEmpty ? "" : FilePathText.absolute(path, from: reading.baseDirectory(of: node))
        } text: {
            TOMLText.quoted($0)
        }
    }

    /// The name of a file, without a directory.
    static var fileName: ValueCoder {
        parsed("a file name") { text throws(TextProblem) in
            guard !text.isEmpty, !text.contains("/"), text != ".", text != ".." else {
                throw TextProblem("expected a file name without `/`, found \"\(ConfigValue.excerpt(text))\"")
            }
            return try TextRules.printable(text)
        } print: {
            $0
        }
    }

    /// A path below the site's directory; empty for none.
    static var siteFile: ValueCoder {
        parsed("a file of the site, or \"\" for none") { text throws(TextProblem) in
            guard !text.hasPrefix("/") else {
                throw TextProblem(
                    "expected a path relative to `directory`, found \"\(ConfigValue.excerpt(text))\"",
                    suggestion: String(text.drop { $0 == "/" }))
            }
            guard !text.split(separator: "/").contains("..") else {
                throw TextProblem("\"\(ConfigValue.excerpt(text))\" leaves the site's directory")
            }
            return try TextRules.printable(text)
        } print: {
            $0
        }
    }

    static var logFilePattern: ValueCoder { parsed("a file name pattern", TextRules.logFilePattern) { $0 } }

    static var mediaType: ValueCoder { parsed("a media type such as \"text/*\"", TextRules.mediaType) { $0 } }

    static var method: ValueCoder { parsed("a method such as \"GET\"", TextRules.method) { $0 } }

    static var cachePattern: ValueCoder {
        parsed("a path pattern such as \"/assets/*\"", TextRules.cachePattern) { $0 }
    }
}
