// The site's own pages for errors, for files and for what goes wrong on routes.
import PorticoConfig
import PorticoCore
import PorticoTesting
import Testing

@Suite struct ErrorPageTests {
    private static let html = "Accept: text/html,*/*;q=0.8"

    @Test func aMissingFileIsToldWithThePageAndTheStatus() async throws {
        let site = TempSite(["404.html": "<h1>lost", "a.txt": "a"])
        try await serving(site, { $0.site.fallback = "" }) { served in
            let page = try served.get("/none.html", Self.html)
            #expect(page.status == 404 && page.text == "<h1>lost" && page["Cache-Control"] == "no-store")
            #expect(page["Content-Type"] == "text/html; charset=utf-8" && page["X-Request-ID"] != nil)
            #expect(page["Content-Security-Policy"] == nil)
            let data = try served.get("/none.html", "Accept: */*")
            #expect(
                data.status == 404 && data["Content-Type"] == "application/json" && data.text.contains("request_id"))
            let head = try served.get("/none.html", Self.html, method: "HEAD")
            #expect(head.status == 404 && head["Content-Length"] == "8")
            #expect(try served.get("/404.html", Self.html).status == 200)
        }
    }

    @Test func oneStatusGoesBeforeItsClass() async throws {
        let site = TempSite(["4.html": "class", "404.html": "one", "5.html": "five"])
        try await serving(site) {
            $0.site.fallback = ""
            $0.site.errorPages = [
                ErrorPageRule(statuses: 400...499, file: "4.html"), ErrorPageRule(404, "404.html"),
                ErrorPageRule(statuses: 500...599, file: "5.html"),
            ]
            $0.routes = [
                ProxySettings(paths: [.prefix("/api")], targets: [TargetSettings(id: "a", host: "127.0.0.1", port: 1)])
            ]
            $0.routes[0].maxBodySize = .bytes(3)
        } _: { served async throws in
            #expect(try served.get("/none", Self.html).text == "one")
            let refused = try served.get("/x", Self.html, method: "DELETE")
            #expect(refused.status == 405 && refused.text == "class" && refused["Allow"] == "GET, HEAD, OPTIONS")
            let gateway = try served.get("/api/x", Self.html)
            #expect(gateway.status == 502 && gateway.text == "five" && gateway["Cache-Control"] == "no-store")
            #expect(try served.get("/api/x").text.contains("\"status\":502"))
            let long = try served.get("/api/x", Self.html, "Content-Length: 4", method: "POST")
            #expect(long.status == 413 && long.text == "class")
            let bad = try served.get("/%zz", Self.html)
            #expect(bad.status == 400 && bad.text == "class")
        }
    }

    @Test func theBackendsOwnErrorsStayAsTheyAre() async throws {
        let backend = try FakeBackend { _ in
            [.readRequest, .send("HTTP/1.1 503 Down\r\nContent-Length: 4\r\n\r\nmine"), .awaitEnd]
        }
        defer { backend.stop() }
        try await serving(TempSite(["5.html": "five"])) {
            $0.site.errorPages = [ErrorPageRule(statuses: 500...599, file: "5.html")]
            $0.routes = [
                ProxySettings(
                    paths: [.any], targets: [TargetSettings(id: "a", host: "127.0.0.1", port: backend.port)])
            ]
        } _: { served in
            let answer = try served.get("/", Self.html)
            #expect(answer.status == 503 && answer.text == "mine")
        }
    }

    @Test func aPageThatChangesAppearsAndOneThatGoesIsMissed() async throws {
        let site = TempSite(["404.html": "old"])
        try await serving(site, { $0.site.fallback = "" }) { served in
            #expect(try served.get("/none", Self.html).text == "old")
            site.files.replace("404.html", Array("new!".utf8))
            RawClient.sleep(.milliseconds(600))
            #expect(try served.get("/none", Self.html).text == "new!")
            site.files.delete("404.html")
            RawClient.sleep(.milliseconds(600))
            let builtIn = try served.get("/none", Self.html)
            #expect(
                builtIn.status == 404 && builtIn.text.contains("404") && builtIn.text.contains("prefers-color-scheme"))
            #expect(builtIn["Content-Security-Policy"]?.hasPrefix("default-src 'none'") == true)
        }
    }

    @Test func noPageComesFromOutsideTheSite() async throws {
        let site = TempSite()
        site.outside.write("secret.html", "secret")
        site.files.link("404.html", to: "../secret.html")
        try await serving(site, { $0.site.fallback = "" }) { served in
            let page = try served.get("/none", Self.html)
            #expect(page.status == 404 && !page.text.contains("secret"))
        }
    }

    @Test func eachSiteHasItsOwn() async throws {
        let site = TempSite(["docs/404.html": "docs", "main/404.html": "main"])
        try await serving(site) { configuration in
            configuration.sites = ["docs", "main"].map { name in
                var settings = SiteSettings()
                settings.directory = site.files.path + "/" + name
                settings.fallback = ""
                return settings
            }
            configuration.sites[0].paths = [.prefix("/docs")]
        } _: { served async throws in
            #expect(try served.get("/docs/none", Self.html).text == "docs")
            #expect(try served.get("/none", Self.html).text == "main")
        }
    }
}
