// The fields that describe a file: its type, how long it may be kept, and what browsers must not guess.
import PorticoConfig
import PorticoTesting
import Testing

@Suite struct RepresentationTests {
    @Test func typesGoByExtensionAndTextIsUTF8() async throws {
        let types = [
            "a.html": "text/html; charset=utf-8", "a.HTM": "text/html; charset=utf-8",
            "a.css": "text/css; charset=utf-8",
            "a.js": "text/javascript; charset=utf-8", "a.mjs": "text/javascript; charset=utf-8",
            "a.txt": "text/plain; charset=utf-8",
            "a.json": "application/json", "a.svg": "image/svg+xml", "a.png": "image/png", "a.wasm": "application/wasm",
            "a.woff2": "font/woff2", "a.min.css": "text/css; charset=utf-8", "a.unknown": "application/octet-stream",
            "noextension": "application/octet-stream", "a.": "application/octet-stream", "a.pdf": "application/pdf",
        ]
        let site = TempSite(types.mapValues { _ in "x" })
        try await serving(site) { served in
            for (name, type) in types {
                let answer = try served.get("/" + name)
                #expect(answer["Content-Type"] == type && answer["X-Content-Type-Options"] == "nosniff", "\(name)")
            }
        }
    }

    @Test func cacheControlIsNoCacheUnlessARuleSaysMore() async throws {
        let site = TempSite(["index.html": "x", "assets/app.9f3.js": "x", "assets/pic.png": "x"])
        let rules = [
            CacheControlRule(match: "/assets/*.js", value: "public, max-age=31536000, immutable"),
            CacheControlRule(match: "/assets/*", value: "max-age=60"),
        ]
        try await serving(site, { $0.site.cacheControl = rules }) { served async throws in
            #expect(try served.get("/")["Cache-Control"] == "no-cache")
            #expect(try served.get("/assets/app.9f3.js")["Cache-Control"] == "public, max-age=31536000, immutable")
            #expect(try served.get("/assets/pic.png")["Cache-Control"] == "max-age=60")
        }
    }

    @Test func everyAnswerHasOneDateAndOneLength() async throws {
        let site = TempSite(["a.txt": "a", "empty.txt": "", "dir/index.html": "x"])
        site.files.write("large.bin", Array(repeating: 1, count: 100_000))
        try await serving(site) { served in
            for path in ["/a.txt", "/empty.txt", "/large.bin", "/none.txt", "/dir", "/dir/", "/health"] {
                let answer = try served.get(path)
                #expect(
                    answer.all("Date").count == 1 && answer.all("Content-Length") == ["\(answer.body.count)"], "\(path)"
                )
            }
        }
    }
}
