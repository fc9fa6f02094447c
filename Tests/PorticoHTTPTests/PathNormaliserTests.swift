// Normalising paths for routing (RFC 3986 §6.2.2), without sockets.
import PorticoCore
import PorticoHTTP
import Testing

@Suite struct PathNormaliserTests {
    private static func normalise(_ path: String) -> String? {
        try? String(
            decoding: Array(path.utf8).withUnsafeBytes { bytes throws(HeadFault) in try PathNormaliser.normalise(bytes)
            }, as: UTF8.self)
    }

    @Test func tableOfPaths() {
        let cases: [(String, String?)] = [
            ("/", "/"), ("/a", "/a"), ("/a/", "/a/"), ("/%41%5a%7A%30%2d%2E%5F%7e", "/AZz0-._~"),
            ("/a%2fb%2Fc", "/a%2Fb%2Fc"), ("/%c3%a9", "/%C3%A9"),
            ("/./a/./b/.", "/a/b/"), ("/a/../b", "/b"), ("/a/b/..", "/a/"), ("/a/b/../..", "/"), ("/a/..", "/"),
            ("//a", "//a"), ("/a//../b", "/a/b"),
            ("//..", "/"), ("/..", nil), ("/a/../..", nil), ("/a/../../b", nil), ("/%2e%2e", nil), ("/%2E./x", nil),
            ("/%00", nil), ("/a%00", nil),
            ("/%", nil), ("/%4", nil), ("/%4g", nil), ("/%zz", nil), ("/...", "/..."), ("/..a/.b", "/..a/.b"),
            ("/%252e%252e", "/%252e%252e"),
            ("/a%20b", "/a%20b"), ("/a+b;c=d,e!$&'()*:@", "/a+b;c=d,e!$&'()*:@"), ("/%3f%23", "/%3F%23"),
        ]
        for (path, expected) in cases { #expect(Self.normalise(path) == expected, "\(path)") }
    }

    @Test func normalisingTwiceChangesNothing() {
        let parts = ["a", "..", ".", "%2e", "%2F", "%41", "", "%252e", "b%7ec"]
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let path =
                "/"
                + (0..<Int.random(in: 0..<7, using: &random)).map { _ in parts.randomElement(using: &random)! }.joined(
                    separator: "/")
            guard let once = Self.normalise(path) else { continue }
            #expect(Self.normalise(once) == once, "\(path)")
            #expect(
                once.hasPrefix("/") && !once.split(separator: "/").contains { $0 == ".." || $0 == "." },
                "\(path) -> \(once)")
        }
    }
}
