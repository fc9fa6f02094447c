// More than two hundred paths that try to leave the root, each over a real socket, beside a secret that none may reach.
import PorticoConfig
import PorticoCore
import PorticoTesting
import Testing

@Suite struct HostilePathTests {
    static let secret = "TOP-SECRET-OUTSIDE"

    static func makeSite() -> TempSite {
        let site = TempSite(["index.html": "home", "a.txt": "a", "dir/b.txt": "b", "dir/sub/c.txt": "c"])
        for name in [
            "secret.txt", "index.html", "etc/passwd", "site-next/secret.txt", "site.bak/secret.txt", "b.txt", "...",
            "...",
        ] {
            site.outside.write(name, secret)
        }
        site.files.makePipe("pipe")
        site.files.link("out", to: "../secret.txt")
        site.files.link("up", to: "..")
        site.files.link("root", to: "/")
        site.files.link("self", to: "/proc/self")
        site.files.link("zero", to: "/dev/zero")
        site.files.link("loop", to: "loop")
        return site
    }

    /// Ways to write `..`: in the open, escaped once, twice and three times, overlong, in other alphabets, with company.
    private static let ups = [
        "..", "%2e%2e", "%2E.", ".%2e", "%252e%252e", "%25252e%25252e", "%c0%ae%c0%ae", "%e0%80%ae%e0%80%ae",
        "%f0%80%80%ae%f0%80%80%ae", "%uff0e%uff0e", "%ef%bc%8e%ef%bc%8e", "..%00", "..%20", "..;", "..%09", "...",
        "..%e2%80%8b",
        "%%32%65%%32%65", ".%00.", "%2e%00%2e", ".%0a.", "..%c2%a0", "%c2%2e%c2%2e",
    ]
    /// Ways to write a separator.
    private static let separators = [
        "/", "%2f", "%5c", "\\", "%252f", "%c0%af", "%e2%88%95", "//", "/./", "%2f/", ";/",
    ]

    static let climbing: [String] = ups.flatMap { up in
        separators.flatMap { separator in
            ["/\(up)\(separator)secret.txt", "/dir/\(up)\(separator)\(up)\(separator)secret.txt"]
        }
    }

    static let listed = [
        "/..", "/../", "/../../../../../../etc/passwd", "/dir/../../secret.txt", "/a.txt/../../secret.txt",
        "/none/../../secret.txt",
        "/./.././secret.txt", "/.//../secret.txt", "//../secret.txt", "///..///..///secret.txt",
        "/dir/sub/../../../secret.txt",
        "/../site-next/secret.txt", "/..%2fsite-next%2fsecret.txt", "/../site.bak/secret.txt", "/../site/../secret.txt",
        "/etc/passwd", "//etc/passwd", "/%2fetc%2fpasswd", "/%2Fetc/passwd", "//%2fetc/passwd", "/file:///etc/passwd",
        "/file:/etc/passwd", "/C:\\secret.txt", "/C%3A%5Csecret.txt", "/c:/secret.txt", "/\\\\host\\share\\secret.txt",
        "/%5c%5chost%5cshare", "/secret.txt", "/%00", "/a.txt%00", "/a.txt%00.html", "/%00/secret.txt",
        "/dir%00/../../secret.txt",
        "/secret.txt%00.txt", "/%01", "/%1f", "/%7f", "/a.txt%0d%0aX-Evil:%201", "/a.txt%0a", "/%0d%0a%0d%0a",
        "/a.txt%ff", "/%ff",
        "/%fe%ff", "/%c3", "/%c3%28", "/%ed%a0%80", "/%f4%90%80%80", "/%f8%88%80%80%80", "/%e2%82", "/%a0",
        "/%80/../secret.txt",
        "/a.txt%", "/a.txt%2", "/a.txt%2g", "/%zz", "/%-1", "/%u002e%u002e/secret.txt", "/%2", "/%",
        "/out", "/up/secret.txt", "/up/", "/up", "/up/site-next/secret.txt", "/root", "/root/", "/root/etc/passwd",
        "/root/proc/self/environ",
        "/self/environ", "/self/fd/0", "/self/root/etc/passwd", "/self/cwd", "/self/maps", "/zero", "/loop",
        "/loop/a.txt", "/pipe", "/pipe/",
        "/a.txt/", "/a.txt/.", "/a.txt/b", "/a.txt//", "/dir/b.txt/../../../secret.txt",
        "/index.html/..%2f..%2fsecret.txt",
        "/.env", "/.git/config", "/.%2e/secret.txt", "/.htaccess", "/dir/.hidden", "/.well-known/../../secret.txt",
        "/.well-known/..%2f..%2fsecret.txt",
        "/.well-known/%2e%2e%2f%2e%2e%2fsecret.txt", "/~/secret.txt", "/~root/secret.txt", "/%7e/secret.txt",
        "/dir/..;/..;/secret.txt",
        "/;/../secret.txt", "/a.txt;/../../secret.txt", "/dir/..%3b/secret.txt", "/proc/self/environ", "/dev/stdin",
        "/dev/fd/0",
        "/dir/%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/dir//..//..//secret.txt", "/dir/.../secret.txt",
        "/..../secret.txt", "/.../...//secret.txt",
        "/dir\\..\\..\\secret.txt", "/..\\secret.txt", "/.\\..\\secret.txt", "/dir/..%5c..%5csecret.txt",
        "/..%255c..%255csecret.txt",
        "/%252e%252e%252fsecret.txt", "/%25%32%65%25%32%65/secret.txt", "/%c0%2e%c0%2e/secret.txt",
        "/..%c1%9csecret.txt", "/..%c1%8s/secret.txt",
        "/..%fc%80%80%80%80%afsecret.txt", "/..%e0%80%afsecret.txt", "/..%ef%bc%8fsecret.txt", "/..%e2%81%84secret.txt",
        "/..%u2215secret.txt",
        "/" + String(repeating: "../", count: 200) + "secret.txt",
        "/" + String(repeating: "%2e%2e/", count: 200) + "etc/passwd",
        "/" + String(repeating: "dir/../", count: 200) + "../secret.txt", "/" + String(repeating: "a", count: 256),
        "/" + String(repeating: "a/", count: 2000) + "b", "/" + String(repeating: "%c3%a9", count: 130),
        "/" + String(repeating: "x", count: 5000),
        "/dir/" + String(repeating: "./", count: 1000) + "../../secret.txt",
        "/" + String(repeating: "/", count: 3000) + "../secret.txt",
    ]

    @Test func noPathLeadsOutOfTheRoot() async throws {
        let paths = Self.climbing + Self.listed
        #expect(Set(paths).count >= 600)
        try await serving(Self.makeSite()) { served async throws in
            for path in paths {
                for lines in [["Accept: text/plain"], ["Accept: text/html", "Range: bytes=0-5"]] {
                    let answer = try served.ask(path, lines)
                    #expect(!answer.text.contains(Self.secret) && !answer.text.contains("root:"), "\(path)")
                    // A navigation may get the application's page, which is no byte from outside.
                    let isPage =
                        lines.count == 2 && [200, 206].contains(answer.status) && "home".hasPrefix(answer.text)
                    #expect([400, 404].contains(answer.status) || isPage, "\(path): \(answer.status)")
                    #expect(answer["X-Evil"] == nil && answer["Location"] == nil, "\(path)")
                }
            }
            #expect(try served.get("/a.txt").text == "a")
        }
    }

    @Test func neitherDoesOneUnderOtherRules() async throws {
        let changes: [(inout SiteSettings) -> Void] = [
            { $0.hiddenFiles = true }, { $0.followSymlinks = .never }, { $0.cleanURLs = true },
            { $0.cacheSize = .bytes(0) },
        ]
        for change in changes {
            try await serving(Self.makeSite(), { change(&$0.site) }) { served async throws in
                for path in Self.climbing + Self.listed {
                    let answer = try served.ask(path, ["Accept: */*"])
                    #expect(!answer.text.contains(Self.secret) && !answer.text.contains("root:"), "\(path)")
                    #expect([400, 404].contains(answer.status), "\(path): \(answer.status)")
                }
            }
        }
    }

    /// SEMANTICS: climbing above the root, `%00` and broken escapes are bad requests; all other names are just not there.
    @Test func theStatusSaysWhatIsWrong() async throws {
        let cases = [
            ("/../secret.txt", 400), ("/%2e%2e/secret.txt", 400), ("/dir/../../secret.txt", 400), ("/..", 400),
            ("/%00", 400),
            ("/a.txt%00.html", 400), ("/%zz", 400), ("/a.txt%2", 400), ("/..%2fsecret.txt", 404),
            ("/..%5csecret.txt", 404),
            ("/%2fetc%2fpasswd", 404), ("/%252e%252e/secret.txt", 404), ("/%c0%ae%c0%ae/secret.txt", 404),
            ("/%ff", 404), ("/out", 404),
            ("/pipe", 404), ("/zero", 404), ("/loop", 404), ("/a.txt/", 404), ("/.env", 404), ("/up/secret.txt", 404),
        ]
        try await serving(Self.makeSite()) { served async throws in
            for (path, status) in cases { #expect(try served.get(path).status == status, "\(path)") }
        }
    }

    /// Bytes that no URI has: as they are, not escaped.
    @Test func rawBytesAreNoWayOutEither() async throws {
        let targets: [[UInt8]] = [
            [0x2F, 0xC0, 0xAE, 0xC0, 0xAE, 0x2F], [0x2F, 0x2E, 0x2E, 0xC0, 0xAF], [0x2F, 0xFF, 0xFE], [0x2F, 0x00],
            [0x2F, 0x2E, 0x00, 0x2E, 0x2F],
            [0x2F, 0x2E, 0x2E, 0x09, 0x2F], [0x2F, 0x2E, 0x2E, 0x5C], [0x2F, 0x7F], [0x2F, 0x01],
            [0x2F, 0xEF, 0xBC, 0x8E, 0xEF, 0xBC, 0x8E, 0x2F],
        ]
        try await serving(Self.makeSite()) { served async throws in
            for target in targets {
                let client = try RawClient(served.server.port)
                client.send(Array("GET ".utf8) + target + Array("secret.txt HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
                let answer = try client.response()
                #expect([400, 404].contains(answer.status) && !answer.text.contains(Self.secret), "\(target)")
            }
        }
    }
}

extension ServedSite {
    func ask(_ path: String, _ lines: [String]) throws -> RawResponse {
        let fields = lines.map { $0 + "\r\n" }.joined()
        return try RawClient(server.port).exchange("GET \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
    }
}
