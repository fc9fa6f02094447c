// Where redirects lead, and that they never lead to another host than the one written down.
import PorticoConfig
import PorticoRouting
import Testing

@Suite struct RedirectTableTests {
    private func location(
        _ redirects: [RedirectSettings], _ path: String, query: String? = nil, host: String = "a.example"
    ) -> String? {
        let query = query.map { Array($0.utf8) }
        return Array(path.utf8).withUnsafeBytes { path in
            Array(host.utf8).withUnsafeBytes { host in
                let table = RedirectTable(redirects)
                let found =
                    query?.withUnsafeBytes { table.redirect(path: path, host: host, query: $0) }
                    ?? (query == nil ? table.redirect(path: path, host: host, query: nil) : nil)
                return found.map { String(decoding: $0.location, as: UTF8.self) }
            }
        }
    }

    private func location(_ from: String, _ to: String, _ path: String, query: String? = nil) -> String? {
        location([RedirectSettings(from: from, to: to)], path, query: query)
    }

    @Test(arguments: [
        ("/old", "/new", "/old", nil, "/new"), ("/old/*", "/new/$1", "/old/a/b", nil, "/new/a/b"),
        ("/old/*", "/new/$1", "/old", nil, "/new/"), ("/old", "/new", "/old", "a=1&b", "/new?a=1&b"),
        ("/old", "/new?x=1", "/old", "a=1", "/new?x=1"), ("/old", "/new#part", "/old", "a=1", "/new?a=1#part"),
        ("/old", "/new", "/old", "", "/new?"), ("*.php", "/$1.html", "/blog/a.php", nil, "/blog/a.html"),
        ("/*", "https://b.example/$1", "/x/y", "q", "https://b.example/x/y?q"),
        ("/find/*", "/search?q=$1", "/find/a&b=c+d", nil, "/search?q=a%26b%3Dc%2Bd"),
        ("/*/*/x", "/$2/$1", "/a/b/x", nil, "/b/a"), ("/p", "/cost$", "/p", nil, "/cost$"),
    ])
    func leadsWhereItIsWritten(from: String, to: String, path: String, query: String?, expected: String) {
        #expect(location(from, to, path, query: query) == expected)
    }

    /// What a browser would take for another host: two slashes, a backslash, what it strips before it looks.
    @Test func noPathChoosesTheHost() {
        let hostile = [
            "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/\u{9}/evil.example",
            "/%09/evil",
            "//evil.example/%2f..", "/%5Cevil.example", "%5C%5Cevil.example", "@evil.example", ":80@evil.example",
            ".evil.example", "/\u{C}/evil.example", "//evil%E3%80%82example", "http://evil.example", "/\r\nX: y",
            "javascript:alert(1)", "\u{7F}//evil.example", "%0d%0aSet-Cookie:a", "\u{E9}//evil",
        ]
        let rules = [
            ("/go/*", "/$1"), ("/go/*", "/$1/x"), ("/go*", "/$1"), ("/go*", "/in$1"), ("/go/*", "/a?u=$1"),
            ("/go/*", "https://safe.example/$1"), ("*", "/$1"), ("*", "https://safe.example/$1"), ("/*", "/$1$1"),
        ]
        for (from, to) in rules {
            for path in hostile {
                for prefix in ["/go/", "/go", "/", ""] {
                    guard let location = location(from, to, prefix + path) else { continue }
                    let named = "\(from) -> \(to) for \(prefix + path): \(location)"
                    if to.hasPrefix("https") {
                        #expect(location.hasPrefix("https://safe.example/"), "\(named)")
                    } else {
                        #expect(location.hasPrefix("/") && !location.hasPrefix("//"), "\(named)")
                    }
                    #expect(location.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x5C }, "\(named)")
                }
            }
        }
    }

    @Test func theFirstInFileOrderAnswers() {
        let rules = [
            RedirectSettings(from: "/a/*", to: "/first"), RedirectSettings(from: "/a/b", to: "/second"),
            RedirectSettings(from: "/c/d", to: "/third"), RedirectSettings(from: "/c/*", to: "/fourth"),
            RedirectSettings(from: "/c/d", to: "/fifth"),
        ]
        #expect(location(rules, "/a/b") == "/first")
        #expect(location(rules, "/c/d") == "/third")
        #expect(location(rules, "/c/e") == "/fourth")
        #expect(location(rules, "/d") == nil)
    }

    @Test func aHostNarrowsIt() {
        let rules = [
            RedirectSettings(from: "/*", to: "https://new.example/$1", hosts: ["old.example", "*.old.example"]),
            RedirectSettings(from: "/x", to: "/y"),
        ]
        #expect(location(rules, "/x", host: "WWW.old.example") == "https://new.example/x")
        #expect(location(rules, "/x", host: "new.example") == "/y")
        #expect(location(rules, "/z", host: "new.example") == nil)
    }

    @Test func rewritesAreKeptApart() {
        let table = RedirectTable([
            RedirectSettings(from: "/app/*", to: "/app/index.html", status: 200),
            RedirectSettings(from: "/go/*", to: "//x/$1", status: 200),
        ])
        #expect(!table.hasRedirects && table.hasRewrites)
        func rewritten(_ path: String) -> String? {
            Array(path.utf8).withUnsafeBytes { path in
                table.rewrite(path: path, host: path).map { String(decoding: $0.path, as: UTF8.self) }
            }
        }
        #expect(rewritten("/app/users/7") == "/app/index.html")
        #expect(rewritten("/go/a") == "/x/a")
        #expect(rewritten("/other") == nil)
    }
}
