// Several sites of one server: by host, by path, each with its own settings.
import PorticoConfig
import PorticoTesting
import Testing

@Suite struct SeveralSitesTests {
    private static func site(
        _ site: TempSite, _ folder: String, hosts: [String] = [], paths: [PathPattern] = [], fallback: String = ""
    ) -> SiteSettings {
        var settings = SiteSettings()
        settings.directory = site.files.path + "/" + folder
        settings.hosts = hosts
        settings.paths = paths
        settings.fallback = fallback
        return settings
    }

    private static func serving(_ body: (ServedSite) throws -> Void) async throws {
        let files = TempSite([
            "main/index.html": "main", "main/a.txt": "main a", "main/docs/hidden.txt": "hidden",
            "docs/index.html": "docs", "docs/a.txt": "docs a", "docs/sub/index.html": "sub", "docs/docs/x.txt": "inner",
            "shop/a.txt": "shop a",
        ])
        try await PorticoStaticTests.serving(files) {
            $0.sites = [
                site(files, "shop", hosts: ["shop.example", "*.shop.example"]),
                site(files, "docs", paths: [.prefix("/docs")]),
                site(files, "main", fallback: "index.html"),
            ]
        } _: {
            try body($0)
        }
    }

    @Test func thePrefixIsDroppedToFindTheFile() async throws {
        try await Self.serving { served throws in
            for (path, body) in [
                ("/docs/", "docs"), ("/docs/a.txt", "docs a"), ("/docs/docs/x.txt", "inner"), ("/a.txt", "main a"),
                ("/docs/sub/", "sub"), ("/%64ocs/a.txt", "docs a"),
            ] {
                for _ in 0..<2 { #expect(try served.get(path).text == body, "\(path)") }
            }
            #expect(try served.get("/docs/hidden.txt").status == 404)
            #expect(try served.get("/docsa.txt").status == 404)
        }
    }

    @Test func redirectsToASlashKeepThePrefix() async throws {
        try await Self.serving { served throws in
            for (path, location) in [("/docs", "/docs/"), ("/docs?a=b", "/docs/?a=b"), ("/docs/sub", "/docs/sub/")] {
                let answer = try served.get(path)
                #expect(answer.status == 308 && answer["Location"] == location, "\(path)")
            }
        }
    }

    @Test func theHostChoosesTheSiteAndItsSettings() async throws {
        try await Self.serving { served throws in
            func get(_ host: String, _ path: String) throws -> RawResponse {
                try RawClient(served.server.port).exchange(
                    "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nAccept: text/html\r\n\r\n")
            }
            #expect(try get("shop.example", "/a.txt").text == "shop a")
            #expect(try get("EU.Shop.Example:8080", "/a.txt").text == "shop a")
            #expect(try get("other.example", "/a.txt").text == "main a")
            // Only the last site has a fallback.
            #expect(try get("shop.example", "/users/7").status == 404)
            #expect(try get("other.example", "/users/7").text == "main")
        }
    }

    @Test func healthComesAtTheRootOnly() async throws {
        try await Self.serving { served throws in
            #expect(try served.get("/ping").text == "pong\n")
            #expect(try served.get("/docs/ping").status == 404)
        }
    }

    @Test func whereNoSiteMatchesThereIsHealthAndNothingElse() async throws {
        let files = TempSite(["index.html": "x"])
        try await PorticoStaticTests.serving(files, { $0.site.hosts = ["only.example"] }) { served async throws in
            #expect(try served.get("/").status == 404)
            #expect(try served.get("/ping").text == "pong\n")
            #expect(served.server.accessLines(2).first?.contains("no_site") == true)
        }
    }
}
