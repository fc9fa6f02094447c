// `clean_urls`: which file a page's address means, and where its other spellings lead.
import PorticoConfig
import PorticoTesting
import Testing

@Suite struct CleanURLTests {
    private static func site() -> TempSite {
        TempSite([
            "index.html": "home", "about.html": "about", "docs/index.html": "docs", "docs/intro.html": "intro",
            "both.html": "both page", "both/index.html": "both folder", "exact": "exact file",
            "exact.html": "exact page",
            "empty/x.txt": "x", "folder.html": "folder page", "folder/x.txt": "x", "a b.html": "space",
            "style.css": "css",
            "post.v2.html": "dotted", "é.html": "accent",
        ])
    }

    @Test func pagesAreFoundWithoutTheirExtension() async throws {
        let cases = [
            ("/", "home"), ("/about", "about"), ("/about?q=1", "about"), ("/docs/", "docs"), ("/docs/intro", "intro"),
            ("/both", "both page"), ("/both/", "both folder"), ("/exact", "exact file"), ("/exact.html", "exact page"),
            ("/folder", "folder page"), ("/a%20b", "space"), ("/style.css", "css"), ("/post.v2", "dotted"),
            ("/%C3%A9", "accent"), ("/docs/../about", "about"),
        ]
        try await serving(Self.site(), { $0.site.cleanURLs = true }) { served async throws in
            for (path, body) in cases {
                for _ in 0..<2 {
                    let answer = try served.get(path)
                    #expect(answer.status == 200 && answer.text == body, "\(path): \(answer.status)")
                }
            }
            #expect(try served.get("/about")["Content-Type"] == "text/html; charset=utf-8")
            #expect(try served.get("/about", method: "HEAD")["Content-Length"] == "5")
        }
    }

    @Test func otherSpellingsLeadToTheOneAddress() async throws {
        let cases = [
            ("/about.html", "/about"), ("/about.html?a=b&c", "/about?a=b&c"), ("/about/", "/about"),
            ("/about/?q", "/about?q"),
            ("/index.html", "/"), ("/index.html?q", "/?q"), ("/docs/index.html", "/docs/"), ("/docs", "/docs/"),
            ("/docs/intro.html", "/docs/intro"), ("/a%20b.html", "/a%20b"), ("/about%2Ehtml", "/about"),
            ("//about.html", "/about"), ("/folder/", "/folder"), ("/post.v2.html", "/post.v2"),
            ("/%C3%A9.html", "/%C3%A9"),
        ]
        try await serving(Self.site(), { $0.site.cleanURLs = true }) { served async throws in
            for (path, location) in cases {
                for _ in 0..<2 {
                    let answer = try served.get(path)
                    #expect(
                        answer.status == 308 && answer["Location"] == location,
                        "\(path): \(answer.status) \(answer["Location"] ?? "")")
                }
                // The address is where the journey ends.
                #expect(try served.get(location).status == 200, "\(location)")
            }
        }
    }

    @Test func whatIsNotThereStaysMissing() async throws {
        let paths = [
            "/none", "/none.html", "/none/", "/none/index.html", "/style", "/empty/", "/.html", "/about.html/",
            "/style.css/",
        ]
        try await serving(Self.site(), { $0.site.cleanURLs = true }) { served async throws in
            for path in paths { #expect(try served.get(path).status == 404, "\(path)") }
        }
        try await serving(Self.site()) { served async throws in
            #expect(try served.get("/about").status == 404)
            #expect(try served.get("/about.html").text == "about")
        }
    }

    @Test func theFallbackPageIsNoRedirect() async throws {
        try await serving(Self.site(), { $0.site.cleanURLs = true }) { served async throws in
            for _ in 0..<2 {
                #expect(try served.get("/users/7", "Accept: text/html").text == "home")
                let other = try served.get("/index.html", "Accept: text/html")
                #expect(other.status == 308 && other["Location"] == "/")
            }
        }
    }

    @Test func noAddressIsAnotherHost() async throws {
        let site = TempSite(["evil.example.html": "x", "evil.example/index.html": "x", "x/index.html": "x"])
        let paths = [
            "//evil.example.html", "///evil.example.html", "//evil.example/index.html", "//evil.example",
            "/.//evil.example.html",
            "/x/..//evil.example.html", "//index.html", "//x/index.html", "/\\evil.example.html",
            "/%5C%5Cevil.example.html",
        ]
        try await serving(site, { $0.site.cleanURLs = true }) { served async throws in
            for path in paths {
                let location = try served.get(path)["Location"] ?? "/"
                #expect(
                    location.hasPrefix("/") && !location.hasPrefix("//") && !location.hasPrefix("/\\"),
                    "\(path): \(location)")
            }
        }
    }
}
