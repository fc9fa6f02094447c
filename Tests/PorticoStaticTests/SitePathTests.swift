// From routing paths to paths below the root.
import PorticoStatic
import Testing

@Suite struct SitePathTests {
    private static func path(_ text: String, allowHidden: Bool = false) -> SitePath? {
        Array(text.utf8).withUnsafeBytes { SitePath($0, allowHidden: allowHidden) }
    }

    @Test func goodPathsBecomeRelativeOnes() {
        let cases = [
            ("/", "", true), ("/a", "a", false), ("/a/", "a", true), ("/a/b.txt", "a/b.txt", false),
            ("//a//b", "a/b", false),
            ("/a%20b", "a b", false), ("/%C3%A9", "é", false), ("/a%252e", "a%2e", false), ("/...", "...", false),
            ("/a..", "a..", false),
            ("/.well-known/x", ".well-known/x", false), ("/100%25", "100%", false),
        ]
        for (text, relative, endsInSlash) in cases {
            let found = Self.path(text, allowHidden: text == "/...")
            #expect(found?.relative == relative && found?.endsInSlash == endsInSlash, "\(text)")
        }
    }

    @Test func badPathsAreNone() {
        let texts = [
            "", "a", "*", "/..", "/a/..", "/.", "/a/../b", "/%2e%2e", "/.%2e/x", "/a%2fb", "/a%2Fb", "/a%5cb", "/a\\b",
            "/%00", "/a%0", "/a%",
            "/a%zz", "/%0a", "/%1f", "/%7f", "/%ff", "/%c0%ae", "/.env", "/%2eenv", "/a/.git", "/a/.well-known",
            "/.well-known/.x",
            "/\u{0}", "/" + String(repeating: "n", count: 256), "/" + String(repeating: "n/", count: 2100),
        ]
        for text in texts { #expect(Self.path(text) == nil, "\(text.prefix(30))") }
    }

    @Test func dotSegmentsAreRefusedEvenWhereHiddenFilesAreServed() {
        for text in ["/..", "/.", "/a/../b", "/%2e%2e", "/%2e"] {
            #expect(Self.path(text, allowHidden: true) == nil, "\(text)")
        }
        #expect(Self.path("/.env", allowHidden: true)?.relative == ".env")
    }

    @Test func extensionsAreLookedForInTheLastSegmentAlone() {
        for (text, has) in [
            ("/a.js", true), ("/a", false), ("/v1.2/a", false), ("/a.", true), ("/", false), ("/a.b/", false),
        ] {
            #expect(Array(text.utf8).withUnsafeBytes { SitePath.hasExtension($0) } == has, "\(text)")
        }
    }
}
