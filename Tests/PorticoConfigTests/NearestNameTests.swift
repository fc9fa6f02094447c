// "Did you mean": what is near enough to be suggested.
import Testing

@testable import PorticoConfig

@Suite struct NearestNameTests {
    private let names = ["strategy", "port", "host", "http2", "timeout", "idle_timeout", "max_body_size", "warning"]

    @Test(arguments: [
        ("stratgy", "strategy"), ("startegy", "strategy"), ("Strategy", "strategy"), ("prot", "port"),
        ("time-out", "timeout"), ("idle-timeout", "idle_timeout"), ("maxbodysize", "max_body_size"),
        ("hots", "host"), ("http", "http2"), ("warn", "warning"),
    ])
    func suggests(word: String, expected: String) {
        #expect(NearestName.to(word, in: names) == expected)
    }

    @Test(arguments: [
        "", "x", "zzzz", "completely_different", "ti", "cert_file", String(repeating: "a", count: 10_000),
    ])
    func staysSilent(word: String) {
        #expect(NearestName.to(word, in: names) == nil)
    }

    @Test(arguments: [("", "", 0), ("", "abc", 3), ("abc", "", 3), ("abc", "acb", 1), ("kitten", "sitting", 3)])
    func measures(left: String, right: String, distance: Int) {
        #expect(NearestName.distance(Array(left.utf8), Array(right.utf8)) == distance)
    }
}
