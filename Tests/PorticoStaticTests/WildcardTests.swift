// The patterns of `cache_control`.
import Testing

@testable import PorticoStatic

@Suite struct WildcardTests {
    @Test func starsStandForAnyRun() {
        let cases: [(pattern: String, text: String, matches: Bool)] = [
            ("", "", true), ("", "a", false), ("*", "", true), ("*", "anything/at/all", true), ("a", "a", true),
            ("a", "b", false),
            ("*.js", "/x/app.js", true), ("*.js", "/x/app.jsx", false), ("/assets/*", "/assets/", true),
            ("/assets/*", "/asset", false),
            ("a*b*c", "abc", true), ("a*b*c", "a-b-b-c", true), ("a*b*c", "acb", false), ("**", "x", true),
            ("a**", "a", true),
            ("*a", "baa", true), ("*ab", "aab", true), ("A", "a", false), ("?", "x", false), ("a*a", "a", false),
            ("a.b", "axb", false),
        ]
        for (pattern, text, matches) in cases {
            #expect(Wildcard.matches(pattern, text) == matches, "\(pattern) \(text)")
        }
    }

    /// Patterns that make naive matchers run for years.
    @Test func manyStarsAreQuick() {
        let pattern = String(repeating: "*a", count: 30) + "b"
        #expect(!Wildcard.matches(pattern, String(repeating: "a", count: 2000)))
    }
}
