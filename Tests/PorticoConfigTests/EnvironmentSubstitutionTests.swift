// `${NAME}` in string values: what is replaced, what is kept, what is refused.
import Testing

@testable import PorticoConfig

@Suite struct EnvironmentSubstitutionTests {
    private let substitution = EnvironmentSubstitution(environment: [
        "A": "alpha", "EMPTY": "", "B_2": "beta", "NESTED": "${A}",
    ])

    @Test(arguments: [
        ("", ""), ("plain", "plain"), ("${A}", "alpha"), ("x${A}y${B_2}z", "xalphaybetaz"), ("${A:-d}", "alpha"),
        ("${NO:-d}", "d"), ("${NO:-}", ""), ("${EMPTY}", ""), ("${EMPTY:-d}", "d"), ("$A", "$A"), ("$", "$"),
        ("$$", "$$"), ("$${A}", "${A}"), ("$$${A}", "$${A}"), ("${NESTED}", "${A}"), ("${NO:-a:-b}", "a:-b"),
        ("${NO:-$5 ü}", "$5 ü"), ("{A}", "{A}"), ("$ {A}", "$ {A}"),
    ])
    func resolves(text: String, expected: String) throws {
        #expect(try substitution.resolve(text) == expected)
    }

    @Test(arguments: [
        "${NO}", "${", "${A", "${}", "${ A}", "${A }", "${A-d}", "${A:d}", "${1A}", "${:-d}", "${A:}", "${ü}", "${A.B}",
    ])
    func refuses(text: String) {
        #expect(throws: TextProblem.self) { try substitution.resolve(text) }
    }

    @Test(arguments: ["", "$", "${A}", "$${A}", "$$${", "a$b{c}", "${", "$$$$", "\u{24}{x}$"])
    func escapedTextIsKept(text: String) throws {
        #expect(try substitution.resolve(EnvironmentSubstitution.escape(text)) == text)
    }

    @Test func keysAndCommentsAreNotTouched() {
        #expect(Load.headlines("# ${NOPE}\n[application]\nname = 'x'") == [])
        #expect(
            Load.headlines("\"${PORT}\" = 1") == ["app_config.toml:1:1: error: unknown key `${PORT}` at the top level"])
    }
}
