// What the settings say of files: how long they may be kept, headers by pattern, types by extension.
import PorticoConfig
import PorticoTesting
import Testing

@Suite struct FileRulesTests {
    private static let immutable = "public, max-age=31536000, immutable"

    @Test func byDefaultOnlyFingerprintedNamesAreKept() async throws {
        let defaults = [
            "index.html": "no-cache", "page.3f2a1b9c.html": "no-cache", "app.js": "no-cache",
            "a.3f2a1b9c.xhtml": "no-cache",
            "assets/app.3f2a1b9c.js": Self.immutable, "assets/index-BfX3kQ9z.css": Self.immutable,
            "3f2a1b9c/app.js": "no-cache",
            "pic-20240101.png": "no-cache", "sw.js": "no-cache", "noextension": "no-cache",
        ]
        try await serving(TempSite(defaults.mapValues { _ in "x" })) { served async throws in
            for (name, value) in defaults {
                let answer = try served.get("/" + name)
                #expect(answer.all("Cache-Control") == [value], "\(name)")
                let again = try served.get("/" + name, "If-None-Match: \(answer["ETag"] ?? "")")
                #expect(again.status == 304 && again.all("Cache-Control") == [value], "\(name)")
            }
        }
    }

    @Test func theFirstCacheRuleThatFitsWinsOverTheDefaults() async throws {
        let site = TempSite(["index.html": "x", "a.3f2a1b9c.js": "x", "img/a.png": "x", "img/b.png": "x"])
        let rules = [
            CacheControlRule(match: "/img/a*", value: "max-age=60"),
            CacheControlRule(match: "/img/*", value: "max-age=5"),
            CacheControlRule(match: "*.js", value: "no-store"),
        ]
        try await serving(site, { $0.site.cacheControl = rules }) { served async throws in
            let expected = [
                "/": "no-cache", "/img/a.png": "max-age=60", "/img/b.png": "max-age=5", "/a.3f2a1b9c.js": "no-store",
            ]
            for (path, value) in expected { #expect(try served.get(path).all("Cache-Control") == [value], "\(path)") }
        }
    }

    /// A rule for `/app/*` is about the files there, not about the page that answers for paths that look so.
    @Test func theFallbackPageIsNeverStale() async throws {
        let site = TempSite(["index.html": "<p>1", "app/real.txt": "x"])
        let rules = [CacheControlRule(match: "/app/*", value: Self.immutable)]
        try await serving(site, { $0.site.cacheControl = rules }) { served async throws in
            #expect(try served.get("/app/real.txt")["Cache-Control"] == Self.immutable)
            let page = try served.get("/app/users", "Accept: text/html")
            #expect(page.text == "<p>1" && page.all("Cache-Control") == ["no-cache"])
            site.files.replace("index.html", Array("<p>2".utf8))
            RawClient.sleep(.milliseconds(1000))
            #expect(try served.get("/app/users", "Accept: text/html").text == "<p>2")
        }
    }

    @Test func noTransformForbidsCompression() async throws {
        let text = String(repeating: "text ", count: 400)
        let site = TempSite(["a.txt": text, "b.txt": text])
        let rules = [CacheControlRule(match: "/a.txt", value: "max-age=60, No-Transform")]
        try await serving(site, { $0.site.cacheControl = rules }) { served async throws in
            let plain = try served.get("/a.txt", "Accept-Encoding: gzip, br")
            #expect(plain["Content-Encoding"] == nil && plain["Vary"] == nil && plain.text == text)
            #expect(try served.get("/b.txt", "Accept-Encoding: gzip, br")["Content-Encoding"] != nil)
        }
    }

    @Test func headersAreSetByPattern() async throws {
        let site = TempSite([
            "fonts/a.woff2": "font", "index.html": "x", ".well-known/app-site": "{}", "fonts/b.txt": "b",
        ])
        let rules = [
            SiteHeaderRule(match: "/fonts/*.woff2", set: ["Access-Control-Allow-Origin": "https://a.example"]),
            SiteHeaderRule(
                match: "/fonts/*",
                set: ["Access-Control-Allow-Origin": "*", "Vary": "Origin", "cache-control": "max-age=7"]),
            SiteHeaderRule(match: "/.well-known/app-site", set: ["Content-Type": "application/json"]),
            SiteHeaderRule(match: "*", set: ["X-Frame-Options": "DENY", "X-Content-Type-Options": "none"]),
        ]
        try await serving(site, { $0.site.headers = rules }) { served async throws in
            let font = try served.get("/fonts/a.woff2")
            #expect(font.all("Access-Control-Allow-Origin") == ["https://a.example"])
            #expect(font.all("Cache-Control") == ["max-age=7"] && font.all("Vary").contains("Origin"))
            #expect(font.all("X-Content-Type-Options") == ["none"] && font.all("X-Frame-Options") == ["DENY"])
            #expect(try served.get("/fonts/b.txt").all("Access-Control-Allow-Origin") == ["*"])
            #expect(try served.get("/.well-known/app-site").all("Content-Type") == ["application/json"])
            let kept = try served.get("/fonts/b.txt", "If-None-Match: \(try served.get("/fonts/b.txt")["ETag"] ?? "")")
            #expect(kept.status == 304 && kept["Access-Control-Allow-Origin"] == "*" && kept["Content-Type"] == nil)
            for range in ["bytes=0-0", "bytes=0-0,2-2"] {
                let part = try served.get("/fonts/a.woff2", "Range: \(range)")
                #expect(part.status == 206 && part.all("Access-Control-Allow-Origin") == ["https://a.example"])
            }
            #expect(try served.get("/none.txt")["X-Frame-Options"] == nil)
        }
    }

    @Test func typesAreOverriddenByExtension() async throws {
        let site = TempSite([
            "a.glb": "x", "a.GLB": "x", "a.txt": "x", "b.foo": String(repeating: "x", count: 2000), "glb": "x",
        ])
        let types = ["glb": "model/gltf-binary", "txt": "text/x-mine", "foo": "text/x-foo; charset=utf-8"]
        try await serving(site, { $0.site.mimeTypes = types }) { served async throws in
            let expected = [
                "/a.glb": "model/gltf-binary", "/a.GLB": "model/gltf-binary", "/a.txt": "text/x-mine",
                "/b.foo": "text/x-foo; charset=utf-8", "/glb": "application/octet-stream",
            ]
            for (path, type) in expected { #expect(try served.get(path).all("Content-Type") == [type], "\(path)") }
            // What is compressed goes by the type that is said.
            #expect(try served.get("/b.foo", "Accept-Encoding: gzip")["Content-Encoding"] == "gzip")
        }
    }
}
