// Ways out of the root: 404 or 400, never a byte from outside.
import PorticoConfig
import PorticoTesting
import Testing

@Suite struct TraversalTests {
    private static let secret = "TOP-SECRET-OUTSIDE"

    private static func makeSite() -> TempSite {
        let site = TempSite(["index.html": "home", "dir/a.txt": "a", "a.txt": "a"])
        site.outside.write("secret.txt", secret)
        site.outside.write("site-next/secret.txt", secret)
        site.outside.write("etc/passwd", secret)
        site.outside.write("index.html", secret)
        return site
    }

    private static let paths: [String] = {
        let ups = [
            "..", "%2e%2e", "%2E%2E", ".%2e", "%2e.", "%252e%252e", "%25252e%25252e", "..%00", "..%20", "%20..", "..;",
            "..;x", "...",
            "..%09", "%c0%ae%c0%ae", "%e0%80%ae%e0%80%ae", "%uff0e%uff0e", "%ef%bc%8e%ef%bc%8e", "..%c0%af",
            "%%32%65%%32%65", "..\\",
            "..%5c", "..%5C..", "%2e%2e%5c", "%252e%252e%255c",
        ]
        var paths: [String] = []
        for up in ups { paths += ["/\(up)/secret.txt", "/dir/\(up)/\(up)/secret.txt", "/\(up)%2fsecret.txt"] }
        return paths + [
            "/dir/..%2f..%2fsecret.txt", "/..%2F..%2Fsecret.txt", "/%2e%2e%2fsecret.txt", "/%252e%252e%252fsecret.txt",
            "/..%252f..%252fsecret.txt", "/..%255c..%255csecret.txt", "/..\\secret.txt", "/dir\\..\\..\\secret.txt",
            "/..//secret.txt",
            "/.//../secret.txt", "//../secret.txt", "///..///secret.txt", "/dir/.//..//../secret.txt",
            "/./.././secret.txt",
            "/dir/%2e/%2e%2e/%2e%2e/secret.txt", "/a.txt/../../secret.txt", "/none/../../secret.txt", "/..", "/../",
            "/../../../../etc/passwd",
            "/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "/etc/passwd", "//etc/passwd", "/%2fetc%2fpasswd", "/%2Fetc/passwd",
            "/file:///etc/passwd",
            "/../site-next/secret.txt", "/..%2fsite-next%2fsecret.txt", "/dir/..%00/secret.txt", "/a.txt%00.html",
            "/%00", "/a.txt%00",
            "/secret.txt", "/proc/self/environ", "/dir/../../index.html", "/C:\\secret.txt", "/C%3A%5Csecret.txt",
            "/..%u2215secret.txt",
            "/%e2%88%95..%e2%88%95secret.txt", "/..%c1%9csecret.txt", "/..%ff/secret.txt", "/%f0%80%80%af../secret.txt",
            "/~root/secret.txt",
            "/%7e/secret.txt", "/dir/..;/..;/secret.txt", "/?/../secret.txt", "/a.txt?../../secret.txt",
            "/;/../secret.txt",
        ]
    }()

    @Test func noPathLeadsOutOfTheRoot() async throws {
        try await serving(Self.makeSite()) { served in
            #expect(Self.paths.count >= 60)
            for path in Self.paths {
                for method in ["GET", "HEAD"] {
                    let answer = try served.get(path, "Accept: text/plain", method: method)
                    #expect(!answer.text.contains(Self.secret), "\(path)")
                    let isHarmless = path.hasPrefix("/?") || path.hasPrefix("/a.txt?")
                    #expect(
                        isHarmless ? answer.status == 200 : [400, 404].contains(answer.status),
                        "\(path): \(answer.status)")
                }
            }
        }
    }

    @Test func absoluteTargetsAreHeldTheSameWay() async throws {
        try await serving(Self.makeSite()) { served in
            for path in ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "?/../secret.txt"] {
                let answer = try served.get("http://a" + path)
                #expect(!answer.text.contains(Self.secret), "\(path)")
            }
        }
    }

    @Test func linksOutOfTheRootAreMissing() async throws {
        let site = Self.makeSite()
        site.files.link("file-out", to: "../secret.txt")
        site.files.link("absolute-out", to: site.outside.path + "/secret.txt")
        site.files.link("folder-out", to: "..")
        site.files.link("root-out", to: "/")
        site.files.link("sibling-out", to: "../site-next")
        site.files.link("chain", to: "file-out")
        site.files.link("loop", to: "loop")
        site.files.link("nowhere", to: "none")
        let paths = [
            "/file-out", "/absolute-out", "/folder-out/secret.txt", "/folder-out/index.html", "/root-out/etc/passwd",
            "/sibling-out/secret.txt",
            "/chain", "/loop", "/nowhere", "/folder-out", "/folder-out/", "/sibling-out", "/root-out",
        ]
        for policy in [SymlinkPolicy.inside, .never] {
            try await serving(site, { $0.site.followSymlinks = policy }) { served in
                for path in paths {
                    let answer = try served.get(path)
                    #expect(answer.status == 404 && !answer.text.contains(Self.secret), "\(policy) \(path)")
                }
            }
        }
        try await serving(site, { $0.site.followSymlinks = .always }) { served async throws in
            #expect(try served.get("/file-out").text == Self.secret)
        }
    }

    @Test func linksInsideTheRootAreFollowedUnlessForbidden() async throws {
        let site = Self.makeSite()
        site.files.link("inside", to: "dir/a.txt")
        site.files.link("folder", to: "dir")
        try await serving(site) { served async throws in
            #expect(try served.get("/inside").text == "a")
            #expect(try served.get("/folder/a.txt").text == "a")
        }
        try await serving(site, { $0.site.followSymlinks = .never }) { served async throws in
            #expect(try served.get("/inside").status == 404)
            #expect(try served.get("/folder/a.txt").status == 404)
            #expect(try served.get("/dir/a.txt").text == "a")
        }
    }

    /// Folder names that Unicode takes for the same are different folders.
    @Test func aLinkToAFolderThatOnlyLooksLikeTheRootIsOut() async throws {
        let site = TempSite()
        site.files.write("caf\u{E9}/a.txt", "a")
        site.files.write("cafe\u{301}/secret.txt", Self.secret)
        site.files.link("caf\u{E9}/out", to: "../cafe\u{301}/secret.txt")
        try await serving(site, { $0.site.directory += "/caf\u{E9}" }) { served async throws in
            #expect(try served.get("/a.txt").text == "a")
            #expect(try served.get("/out").status == 404)
        }
    }

    @Test func aFileReplacedByALinkOutIsMissingWithinASecond() async throws {
        let site = Self.makeSite()
        try await serving(site) { served in
            #expect(try served.get("/a.txt").text == "a")
            site.files.delete("a.txt")
            site.files.link("a.txt", to: "../secret.txt")
            RawClient.sleep(.milliseconds(1000))
            let answer = try served.get("/a.txt")
            #expect(answer.status == 404 && !answer.text.contains(Self.secret))
        }
    }
}
