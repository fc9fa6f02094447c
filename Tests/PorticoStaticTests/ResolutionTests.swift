// Which file a path names, and what is answered where there is none.
import Glibc
import PorticoConfig
import PorticoTesting
import Testing

@Suite struct ResolutionTests {
    @Test func filesAndIndexesAreFound() async throws {
        let site = TempSite([
            "index.html": "home", "a.txt": "a", "dir/index.html": "dir", "dir/b c.txt": "space", "dir/é.txt": "accent",
            "dir/100%.txt": "percent", "x/y/z/deep.txt": "deep", "~user/f.txt": "tilde", "plus+x.txt": "plus",
        ])
        let cases = [
            ("/", "home"), ("/index.html", "home"), ("/a.txt", "a"), ("/%61.txt", "a"), ("/dir/", "dir"),
            ("/dir/../a.txt", "a"),
            ("//a.txt", "a"), ("/dir//index.html", "dir"), ("/dir/b%20c.txt", "space"), ("/dir/%C3%A9.txt", "accent"),
            ("/dir/100%25.txt", "percent"), ("/x/./y/z/deep.txt", "deep"), ("/%7Euser/f.txt", "tilde"),
            ("/plus+x.txt", "plus"),
            ("/a.txt?query=/../x", "a"),
        ]
        try await serving(site) { served in
            for (path, body) in cases {
                // Twice: from disk, and from memory.
                for _ in 0..<2 {
                    let answer = try served.get(path)
                    #expect(answer.status == 200 && answer.text == body, "\(path)")
                }
            }
        }
    }

    @Test func indexNamesAreTriedInOrder() async throws {
        let site = TempSite(["one/b.html": "b", "one/a.html": "a", "two/b.html": "b"])
        try await serving(site, { $0.site.index = ["a.html", "b.html"] }) { served async throws in
            #expect(try served.get("/one/").text == "a")
            #expect(try served.get("/two/").text == "b")
        }
    }

    @Test func aDirectoryWithoutASlashIsRedirectedWithItsQuery() async throws {
        let site = TempSite(["dir/index.html": "x", "dir/sub/index.html": "x", "a b/index.html": "x"])
        let cases = [
            ("/dir", "/dir/"), ("/dir?a=b&c=%2F", "/dir/?a=b&c=%2F"), ("/dir?", "/dir/?"), ("/dir/sub", "/dir/sub/"),
            ("/a%20b", "/a%20b/"), ("/dir/./sub", "/dir/sub/"),
        ]
        try await serving(site) { served in
            for (path, location) in cases {
                let answer = try served.get(path)
                #expect(
                    answer.status == 308 && answer["X-Content-Type-Options"] == "nosniff"
                        && answer["Location"] == location, "\(path): \(answer["Location"] ?? "none")")
            }
        }
    }

    @Test func noRedirectLeadsToAnotherHost() async throws {
        let site = TempSite(["evil.example/index.html": "x", "evil.example/dir/index.html": "x"])
        let paths = [
            "//evil.example", "///evil.example", "//evil.example/dir", "/.//evil.example", "/%2e//evil.example",
            "/x/..//evil.example",
            "/\\evil.example", "/%5Cevil.example", "/%2Fevil.example", "//evil.example?q", "/\t/evil.example",
            "/%09/evil.example",
        ]
        try await serving(site) { served in
            for path in paths {
                let location = try served.get(path)["Location"] ?? "/"
                #expect(
                    location.hasPrefix("/") && !location.hasPrefix("//") && !location.hasPrefix("/\\"),
                    "\(path): \(location)")
            }
        }
    }

    @Test func aFileIsNoDirectory() async throws {
        try await serving(TempSite(["a.txt": "a"])) { served async throws in
            #expect(try served.get("/a.txt/").status == 404)
            #expect(try served.get("/a.txt/x").status == 404)
        }
    }

    @Test func dotfilesAreHiddenUnlessAllowed() async throws {
        let site = TempSite([
            ".env": "secret", ".git/config": "secret", "dir/.htaccess": "secret", "dir/.hidden/x.txt": "secret",
            ".well-known/acme.txt": "open", ".well-known/.inner": "secret", ".\u{301}combining.txt": "secret",
        ])
        let hidden = [
            "/.env", "/%2eenv", "/.git/config", "/dir/.htaccess", "/dir/.hidden/x.txt", "/.well-known/.inner",
            "/dir/../.env",
            "/.%CC%81combining.txt",
        ]
        try await serving(site) { served in
            for path in hidden {
                let answer = try served.get(path)
                #expect(answer.status == 404 && !answer.text.contains("secret"), "\(path)")
            }
            #expect(try served.get("/.well-known/acme.txt").text == "open")
        }
        try await serving(site, { $0.site.hiddenFiles = true }) { served async throws in
            for path in hidden { #expect(try served.get(path).text == "secret", "\(path)") }
        }
    }

    @Test func theFallbackIsForNavigationsOnly() async throws {
        let site = TempSite(["index.html": "<p>app", "a.txt": "a"])
        try await serving(site) { served in
            let page = try served.get("/users/7", "Accept: text/html,application/xhtml+xml;q=0.9")
            #expect(page.status == 200 && page.text == "<p>app" && page["Cache-Control"] == "no-cache")
            #expect(page["Content-Type"] == "text/html; charset=utf-8")
            let again = try served.get("/other", "Accept: */*, text/html;q=0.5")
            #expect(again.status == 200 && again.text == "<p>app")
            #expect(try served.get("/users/7", "Accept: application/json").status == 404)
            #expect(try served.get("/users/7").status == 404)
            #expect(try served.get("/users/7", "Accept: text/html", method: "POST").status == 405)
        }
        try await serving(site, { $0.site.fallback = "" }) { served async throws in
            #expect(try served.get("/users/7", "Accept: text/html").status == 404)
        }
    }

    @Test func aFileIsNoDirectoryNotEvenForANavigation() async throws {
        try await serving(TempSite(["index.html": "<p>app", "page.html": "x", "a": "x"])) { served async throws in
            for path in ["/page.html/", "/a/", "/page.html//", "/a/b", "/page.html/b/"] {
                #expect(try served.get(path, "Accept: text/html").status == 404, "\(path)")
            }
            #expect(try served.get("/v1.2/", "Accept: text/html").text == "<p>app")
        }
    }

    @Test func aMissingAssetIsA404ThatNobodyStores() async throws {
        try await serving(TempSite(["index.html": "<p>app"])) { served in
            for path in ["/assets/app.9f3.js", "/none.css", "/dir/pic.png", "/.env"] {
                let answer = try served.get(path, "Accept: text/html")
                #expect(
                    answer.status == 404 && answer["Cache-Control"] == "no-store" && !answer.text.contains("<p>app"),
                    "\(path)")
            }
        }
    }

    @Test func errorsComeAsHTMLOrJSONWithTheRequestID() async throws {
        try await serving(TempSite()) { served in
            let page = try served.get("/none.txt", "Accept: text/html")
            #expect(
                page["Content-Type"] == "text/html; charset=utf-8" && page.text.contains(page["X-Request-ID"] ?? "-"))
            let data = try served.get("/none.txt")
            #expect(data["Content-Type"] == "application/json" && data.text.contains(data["X-Request-ID"] ?? "-"))
        }
    }

    @Test func healthComesAfterFilesAndBeforeTheFallback() async throws {
        try await serving(TempSite(["index.html": "app"])) { served async throws in
            #expect(try served.get("/health", "Accept: text/html").text == "{\"status\":\"ok\"}\n")
            #expect(try served.get("/ping").text == "pong\n")
        }
        try await serving(TempSite(["ping": "mine"])) { served async throws in
            #expect(try served.get("/ping").text == "mine")
        }
    }

    @Test func aRootThatIsNoDirectoryHasNothing() async throws {
        let site = TempSite(["file": "x"])
        try await serving(site, { $0.site.directory += "/file" }) { served async throws in
            #expect(try served.get("/a.txt").status == 404)
            #expect(try served.get("/").status == 404)
            #expect(try served.get("/ping").text == "pong\n")
        }
    }

    @Test func aMissingRootIsA404UntilItExists() async throws {
        try await serving(TempSite(), { $0.site.directory += "/later" }) { served async throws in
            #expect(try served.get("/a.txt").status == 404)
            served.site.files.write("later/a.txt", "now")
            #expect(try served.get("/a.txt").text == "now")
        }
    }
}
