// Where keys and values stand, in TOML as nasty as it gets.
import Testing

@testable import PorticoConfig

@Suite struct KeyLocatorTests {
    /// `line:column` of the name and the value at a path, in a text that must parse.
    private func places(_ text: String, _ path: [String]) throws -> [String] {
        let source = SourceText(name: "t", bytes: Array(text.utf8))
        var node = try TOMLDocument.parse(source)
        for name in path {
            if case .array(let elements) = node.value {
                node = try #require(elements.indices.contains(Int(name) ?? -1) ? elements[Int(name) ?? 0] : nil)
            } else {
                node = try #require(node.entries[name])
            }
        }
        return [node.key, node.span].compactMap { $0 }.map { "\($0.line):\(source.column(of: $0))" }
    }

    @Test(arguments: [
        ("a = 1", ["a"], ["1:1", "1:5"]),
        ("\n\n  a\t=\t1", ["a"], ["3:3", "3:7"]),
        ("a.b.c = 1\na.b.d = 2", ["a", "b", "d"], ["2:5", "2:9"]),
        ("[a]\nb = 1\n[a.c]\nd = 2", ["a", "c", "d"], ["4:1", "4:5"]),
        ("[[p]]\nx = 1\n[[p]]\nx = 2", ["p", "1", "x"], ["4:1", "4:5"]),
        ("[[p]]\n[p.s]\ny = 1\n[[p]]\n[p.s]\ny = 2", ["p", "1", "s", "y"], ["6:1", "6:5"]),
        ("[[p]]\n[[p.q]]\n[[p.q]]\nz = 1", ["p", "0", "q", "1", "z"], ["4:1", "4:5"]),
        ("a = [1, [2, 3], 4]", ["a", "1", "1"], ["1:13", "1:13"]),
        ("a = [ # ]\n  1, # \"\n  2\n]", ["a", "1"], ["3:3", "3:3"]),
        ("a = { b = { c = 1 }, d = 2 }", ["a", "d"], ["1:22", "1:26"]),
        ("a = \"x # y = [\"\nb = 1", ["b"], ["2:1", "2:5"]),
        ("a = \"\"\"\nb = 1\n\\\"\"\" c = 2\n\"\"\"\nb = 3", ["b"], ["5:1", "5:5"]),
        ("a = '''\nb = 1\n''''\nb = 3", ["b"], ["4:1", "4:5"]),
        ("a = '''''two'''''\nb = 3", ["b"], ["2:1", "2:5"]),
        ("a = 'C:\\'\nb = 3", ["b"], ["2:1", "2:5"]),
        ("a = \"\\\\\"\nb = 3", ["b"], ["2:1", "2:5"]),
        ("\"a.b\" = { 'c d' = 1 }", ["a.b", "c d"], ["1:11", "1:19"]),
        ("\"\\u0061\\t\" = 1", ["a\t"], ["1:1", "1:14"]),
        ("\"\" = 1", [""], ["1:1", "1:6"]),
        ("[ a . \"b\" ]\nc = 1", ["a", "b"], ["1:7", "1:7"]),
        ("a = 1979-05-27 07:32:00 # c\nb = 1", ["b"], ["2:1", "2:5"]),
        ("a = 1\r\nb = 2\r\n", ["b"], ["2:1", "2:5"]),
        ("\u{FEFF}a = 1\nb = 2", ["b"], ["2:1", "2:5"]),
    ])
    func locates(text: String, path: [String], expected: [String]) throws {
        #expect(try places(text, path) == expected)
    }

    @Test(arguments: [
        "[", "[[", "[]", "a", "a =", "a = [", "a = {", "a = \"", "a = '''", "a = \"\\", "[a", "= = =", "\"", "....",
        "a = [[[[{{{{", "a = {b}", "a = [,]", "\\u", "\u{0}", "]", "}", "a = \"\"\"\"\"\"\"\"", "[[[[]]]]",
    ])
    func neverHangsOnRubbish(text: String) {
        let locator = KeyLocator(Array(text.utf8))
        #expect(locator.index >= text.utf8.count)
    }

    @Test func survivesDeepNesting() {
        let text = "a = " + String(repeating: "[", count: 100_000)
        #expect(KeyLocator(Array(text.utf8)).index == text.utf8.count)
        #expect(Load.headlines(text).count == 1)
    }

    @Test(arguments: [(#"a = "\u0000""#, true), (#"a = "\U00000000""#, true), (#"a = "\\u0000""#, false)])
    func noticesNulEscapes(text: String, expected: Bool) {
        #expect((KeyLocator(Array(text.utf8)).nulEscape != nil) == expected)
    }
}
