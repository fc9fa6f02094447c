// Paths as text: made absolute and normalised without asking the file system.

enum FilePathText {
    /// The absolute path, without `.`, `..`, doubled or trailing slashes. Symbolic links are not followed.
    static func absolute(_ path: String, from base: String) -> String {
        let full = path.hasPrefix("/") ? path : base + "/" + path
        var parts: [Substring] = []
        for part in full.split(separator: "/") where part != "." {
            if part == ".." {
                _ = parts.popLast()
            } else {
                parts.append(part)
            }
        }
        return "/" + parts.joined(separator: "/")
    }

    static func parent(of path: String) -> String { absolute("..", from: path) }
}
