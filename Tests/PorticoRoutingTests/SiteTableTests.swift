// Which of several sites a request means.
import PorticoConfig
import PorticoRouting
import Testing

@Suite struct SiteTableTests {
    private func site(_ hosts: [String] = [], _ paths: [PathPattern] = []) -> SiteSettings {
        var site = SiteSettings()
        site.hosts = hosts
        site.paths = paths
        return site
    }

    private func match(_ sites: [SiteSettings], _ path: String, _ host: String = "a.example") -> SiteTable.Match? {
        Array(path.utf8).withUnsafeBytes { path in
            Array(host.utf8).withUnsafeBytes { SiteTable(sites).match(path: path, host: $0) }
        }
    }

    @Test func hostAndPathAreHeldInFileOrder() {
        let sites = [
            site(["docs.example"], []), site([], [.prefix("/docs"), .prefix("/guide")]),
            site(["*.shop.example"], [.prefix("/img")]), site(),
        ]
        let cases = [
            ("/", "docs.example", 0, 0), ("/docs/a", "DOCS.example", 0, 0), ("/docs/a", "a.example", 1, 5),
            ("/docs", "a.example", 1, 5), ("/guide/", "a.example", 1, 6), ("/docsx", "a.example", 3, 0),
            ("/img/a.png", "eu.shop.example", 2, 4), ("/img/a.png", "shop.example", 3, 0), ("/", "", 3, 0),
        ]
        for (path, host, index, prefix) in cases {
            let found = match(sites, path, host)
            #expect(found?.site == index && found?.prefixLength == prefix, "\(host) \(path)")
        }
    }

    @Test func withoutACatchAllTheRestIsNobodys() {
        #expect(match([site(["docs.example"])], "/", "a.example") == nil)
        #expect(match([site([], [.any])], "/x")?.prefixLength == 0)
    }
}
