// The listing of a folder: what it shows, in which order, and that no name can do harm.
import PorticoCompression
import PorticoConfig
import PorticoCore
import PorticoTesting
import Testing

@testable import PorticoStatic

@Suite struct ListingTests {
    private static func listing(_ site: TempSite, _ body: (ServedSite) async throws -> Void) async throws {
        try await serving(site, { $0.site.listing = true }) { try await body($0) }
    }

    private static func position(_ text: String, _ part: String) -> Int {
        text.firstRange(of: part).map { text.distance(from: text.startIndex, to: $0.lowerBound) } ?? -1
    }

    @Test func foldersComeFirstThenNamesInNaturalOrder() async throws {
        let site = TempSite([
            "d/file10.txt": "a", "d/file2.txt": "abc", "d/File1.txt": "ab", "d/zoo/x": "", "d/.hidden": "secret",
        ])
        try await Self.listing(site) { served in
            let page = try served.get("/d/", "Accept: text/html")
            #expect(page.status == 200 && page["Content-Type"] == "text/html; charset=utf-8")
            #expect(page["Cache-Control"] == "no-cache" && page["X-Content-Type-Options"] == "nosniff")
            #expect(
                page["Vary"] == "Accept, Accept-Encoding"
                    && page["Content-Security-Policy"]?.hasPrefix("default-src 'none'") == true)
            let places = ["href=\"zoo/\"", "href=\"File1.txt\"", "href=\"file2.txt\"", "href=\"file10.txt\""]
                .map { Self.position(page.text, $0) }
            #expect(places == places.sorted() && !places.contains(-1), "\(places)")
            #expect(!page.text.contains(".hidden") && !page.text.contains("secret"))
            let bySize = try served.get("/d/?sort=size&order=desc").text
            #expect(Self.position(bySize, "href=\"file2.txt\"") < Self.position(bySize, "href=\"File1.txt\""))
            #expect(Self.position(bySize, "href=\"zoo/\"") < Self.position(bySize, "href=\"file2.txt\""))
        }
    }

    @Test func programsGetJSON() async throws {
        let site = TempSite(["d/a b.txt": "abc", "d/sub/x": ""])
        site.files.setModified("d/a b.txt", 1_700_000_000)
        try await Self.listing(site) { served in
            let answer = try served.get("/d/", "Accept: application/json")
            #expect(answer["Content-Type"] == "application/json")
            #expect(
                answer.text.contains(
                    #"{"name":"a b.txt","type":"file","size":3,"modified":"2023-11-14T22:13:20Z","href":"a%20b.txt"}"#))
            #expect(
                answer.text.hasPrefix(#"{"path":"/d/","truncated":false,"entries":[{"name":"sub","type":"directory""#))
            #expect(try served.get("/d/", "Accept: application/json", method: "HEAD").body.isEmpty)
        }
    }

    @Test func anIndexFileWinsAndTheFallbackDoesNot() async throws {
        let site = TempSite(["index.html": "home", "d/a.txt": "a"])
        try await Self.listing(site) { served in
            #expect(try served.get("/", "Accept: text/html").text == "home")
            let page = try served.get("/d/", "Accept: text/html")
            #expect(page.text.contains("a.txt"))
            #expect(try served.get("/d").status == 308)
            #expect(try served.get("/none/", "Accept: text/html").text == "home")
            #expect(try served.get("/d/", method: "POST").status == 405)
        }
        try await serving(site) { served in
            let answer = try served.get("/d/", "Accept: text/html")
            #expect(answer.text == "home")
        }
    }

    @Test func noNameBecomesMarkup() async throws {
        let site = TempSite(["d/<script>alert(1)<": "x", "d/\"quo'te&.txt": "y", "d/javascript:alert(1)": "z"])
        site.files.write("d/line\nbreak", "x")
        site.files.write("d/\u{202E}txt.exe", "x")
        try await Self.listing(site) { served in
            let text = try served.get("/d/", "Accept: text/html").text
            #expect(text.contains("&lt;script&gt;alert(1)&lt;") && !text.contains("<script"))
            #expect(text.contains("href=\"%22quo%27te%26.txt\"") && text.contains("&quot;quo&#39;te&amp;.txt"))
            #expect(text.contains("href=\"javascript%3Aalert%281%29\""))
            #expect(text.contains("line%0Abreak") && text.contains("%E2%80%AEtxt.exe"))
            #expect(try served.get("/d/%22quo%27te%26.txt").text == "y")
            #expect(try served.get("/d/javascript%3Aalert%281%29").text == "z")
            let json = try served.get("/d/", "Accept: application/json").text
            #expect(json.contains(#""\"quo'te&.txt""#) && !json.contains("\u{202E}"))
        }
    }

    @Test func bytesThatAreNoTextAreEscaped() {
        #expect(ListingText.shown([0x61, 0xFF, 0x20]) == "a%FF%20")
        #expect(ListingText.href([0x61, 0xFF, 0x3F], isFolder: true) == "a%FF%3F/")
        #expect(ListingText.html("<a b='\"&") == "&lt;a b=&#39;&quot;&amp;")
    }

    @Test func linksAreShownAsThePolicyFollowsThem() async throws {
        let site = TempSite(["d/real.txt": "x"])
        site.outside.write("secret.txt", "secret")
        site.files.link("d/inside.txt", to: "real.txt")
        site.files.link("d/outside.txt", to: "../../secret.txt")
        site.files.link("d/nowhere.txt", to: "none")
        site.files.makePipe("d/pipe")
        for (policy, shown) in [
            (SymlinkPolicy.never, [true, false, false]), (.inside, [true, true, false]), (.always, [true, true, true]),
        ] {
            try await serving(site) {
                $0.site.listing = true
                $0.site.followSymlinks = policy
            } _: { served in
                let text = try served.get("/d/").text
                let names = ["real.txt", "inside.txt", "outside.txt"].map { text.contains("href=\"\($0)\"") }
                #expect(names == shown, "\(policy)")
                #expect(!text.contains("nowhere") && !text.contains("pipe"))
            }
        }
    }

    @Test func aFolderThatLeadsOutOfTheRootIsNotListed() async throws {
        let site = TempSite(["a.txt": "x"])
        site.outside.write("secret.txt", "secret")
        site.files.link("out", to: "..")
        try await Self.listing(site) { served in
            for path in ["/out/", "/out", "/../", "/%2e%2e/"] {
                let answer = try served.get(path)
                #expect([400, 404].contains(answer.status) && !answer.text.contains("secret"), "\(path)")
            }
        }
    }

    @Test func aLargeFolderIsCutAndSaysSo() async throws {
        let site = TempSite()
        for number in 0..<(DirectoryReader.mostEntries + 5) { site.files.write("d/f\(number)", "") }
        try await Self.listing(site) { served in
            let json = try served.get("/d/", "Accept: application/json").text
            #expect(json.hasPrefix(#"{"path":"/d/","truncated":true"#))
            #expect(json.count(where: { $0 == "{" }) == DirectoryReader.mostEntries + 1)
            #expect(try served.get("/d/", "Accept: text/html").text.contains("Only the first 5000 entries"))
        }
    }

    @Test func breadcrumbsLeadUpToTheSitesPlace() async throws {
        let site = TempSite(["d/e f/x.txt": "x"])
        try await serving(site) {
            $0.site.listing = true
            $0.site.fallback = ""
            $0.site.paths = [.prefix("/files")]
        } _: { served in
            let page = try served.get("/files/d/e%20f/").text
            #expect(page.contains("<a href=\"../../\">files</a>") && page.contains("<a href=\"../\">d</a>"))
            #expect(page.contains("<b aria-current=\"page\">e f</b>") && page.contains("Parent folder"))
            let top = try served.get("/files/").text
            #expect(top.contains("<b aria-current=\"page\">files</b>") && !top.contains("Parent folder"))
        }
    }

    @Test func sizesAndTimesAreReadable() {
        let sizes = [
            (0, "0 B"), (999, "999 B"), (1000, "1.0 KB"), (9_960, "9.9 KB"), (10_000, "10 KB"), (999_999, "999 KB"),
            (1_000_000, "1.0 MB"), (12_345_678_901, "12 GB"),
        ]
        for (bytes, text) in sizes { #expect(ListingText.size(bytes) == text, "\(bytes)") }
        #expect(
            ListingText.instant(0) == "1970-01-01T00:00:00Z" && ListingText.minute(1_700_000_000) == "2023-11-14 22:13")
    }

    @Test func naturalOrder() {
        let names = ["a", "A2", "a10", "b", "img1", "img01x", "img2", "img100", "z"]
        let sorted = names.shuffled().sorted { NaturalOrder.compare(Array($0.utf8), Array($1.utf8)) < 0 }
        #expect(sorted == names)
    }

    @Test func listingsAreCompressedAsOtherAnswersAre() async throws {
        let site = TempSite(["few/a": ""])
        for number in 0..<200 { site.files.write("d/a file of this folder \(number).txt", "") }
        try await Self.listing(site) { served in
            for type in ["text/html", "application/json"] {
                let plain = try served.get("/d/", "Accept: \(type)")
                #expect(plain["Content-Encoding"] == nil)
                for coding in ContentCoding.allCases {
                    let coded = try served.get("/d/", "Accept: \(type)", "Accept-Encoding: \(coding.rawValue)")
                    #expect(coded["Content-Encoding"] == coding.rawValue && coded["Vary"] == "Accept, Accept-Encoding")
                    #expect(coded["Content-Length"] == String(coded.body.count))
                    let decoded = try coded.body.withUnsafeBytes {
                        try Decompressor.decompressWhole($0, coding: coding, limit: 1 << 20)
                    }
                    #expect(decoded == plain.body, "\(type) \(coding)")
                }
            }
            #expect(try served.get("/d/", "Accept-Encoding: gzip;q=0, br;q=0")["Content-Encoding"] == nil)
            #expect(
                try served.get("/few/", "Accept: application/json", "Accept-Encoding: gzip")["Content-Encoding"] == nil)
        }
        try await serving(site) {
            $0.site.listing = true
            $0.site.compression.enabled = false
        } _: { served in
            let answer = try served.get("/d/", "Accept-Encoding: gzip")
            #expect(answer["Content-Encoding"] == nil && answer["Vary"] == "Accept")
        }
    }
}
