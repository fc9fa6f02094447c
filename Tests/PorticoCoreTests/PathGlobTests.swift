// Which paths a pattern with wildcards takes, and what its wildcards stood for.
import PorticoCore
import Testing

@Suite struct PathGlobTests {
    /// What the wildcards stood for, `|` between them; nil where the path does not match.
    private func runs(_ pattern: String, _ path: String) -> String? {
        Array(path.utf8).withUnsafeBytes { bytes in
            PathGlob(pattern).match(bytes)?.map { String(decoding: bytes[$0], as: UTF8.self) }.joined(separator: "|")
        }
    }

    @Test(arguments: [
        ("/old", "/old", ""), ("/old/*", "/old", ""), ("/old/*", "/old/", ""), ("/old/*", "/old/a/b", "a/b"),
        ("/old*", "/older/x", "er/x"), ("/*", "/", ""), ("/*", "/a/b", "a/b"), ("*", "/a/b", "/a/b"),
        ("*.php", "/blog/post.php", "/blog/post"), ("/*.php", "/post.php", "post"), ("/a/*/b", "/a/x/b", "x"),
        ("/a/*/b/*", "/a/x/b/y/z", "x|y/z"), ("/a-*-b", "/a--b", ""), ("/a-*-b", "/a-x-b-b", "x-b"),
        ("/*-*.html", "/news-today.html", "news|today"), ("/*/*/*", "/2024/05/title/more", "2024|05|title/more"),
        ("/caf\u{E9}/*", "/caf%C3%A9/x", "x"),
    ])
    func takesWhatItNames(pattern: String, path: String, expected: String) {
        #expect(runs(pattern, path) == expected)
    }

    @Test(arguments: [
        ("/old", "/old/"), ("/old", "/olde"), ("/old/*", "/older"), ("/*.php", "/blog/post.php"),
        ("/a/*/b", "/a/x/y/b"),
        ("/a/*/b", "/a/b"), ("*.php", "/a.phps"), ("/a-*-b", "/a-b"), ("/", "/x"), ("/caf\u{E9}", "/cafe"),
    ])
    func leavesTheRest(pattern: String, path: String) {
        #expect(runs(pattern, path) == nil)
    }

    @Test func aLongPathCostsNoMoreThanItsLength() {
        let path = "/" + String(repeating: "a", count: 8000) + "/"
        #expect(runs("/*a*a*a*a*a*a*a*b", path) == nil)
    }
}
