// Sidecar files for a whole site: which, when, and that they are right.
import PorticoCompression
import PorticoConfig
import PorticoCore
import PorticoStatic
import PorticoTesting
import Synchronization
import Testing

@Suite struct PrecompressorTests {
    private static let text = String(repeating: "body { color: red }\n", count: 200)

    private static func run(
        _ site: TempSite, _ encodings: [ContentCoding] = ContentCoding.allCases, force: Bool = false
    ) throws -> SitePrecompressor.Summary {
        try SitePrecompressor(site.configuration.site, encodings: encodings, force: force).run(threads: 3) { _ in }
    }

    private static func names(_ site: TempSite) -> [String] {
        let listed = Command.run(["sh", "-c", "cd '\(site.files.path)' && find . -type f | sort"])
        return String(decoding: listed.output, as: UTF8.self).split(separator: "\n").map { String($0.dropFirst(2)) }
    }

    @Test func eachFileWorthItGetsItsSidecars() throws {
        let site = TempSite([
            "index.html": Self.text, "assets/app.js": Self.text, "tiny.css": "a{}", "photo.png": Self.text,
            ".hidden.css": Self.text, ".well-known/a.txt": Self.text,
        ])
        let summary = try Self.run(site)
        #expect(summary.files == 3 && summary.written == 9 && summary.failures.isEmpty)
        #expect(summary.plainBytes == 9 * Self.text.utf8.count && summary.codedBytes < summary.plainBytes / 10)
        let made = ["index.html", "assets/app.js", ".well-known/a.txt"].flatMap { name in
            ContentCoding.allCases.map { (name + $0.sidecarSuffix, $0) }
        }
        for (name, coding) in made {
            let plain = try site.files.bytes(name).withUnsafeBytes {
                try Decompressor.decompressWhole($0, coding: coding, limit: 1 << 20)
            }
            #expect(plain == Array(Self.text.utf8), "\(name)")
        }
        #expect(Self.names(site).count == 6 + 9)
    }

    @Test func whatIsFreshIsLeftAloneAndWhatIsOldIsMadeAnew() throws {
        let site = TempSite(["a.css": Self.text, "b.css": Self.text])
        #expect(try Self.run(site, [.gzip]).written == 2)
        let again = try Self.run(site, [.gzip])
        #expect(again.written == 0 && again.fresh == 2)
        // Within the same second.
        site.files.write("a.css", Self.text + "b{}")
        let third = try Self.run(site, [.gzip])
        #expect(third.written == 1 && third.fresh == 1)
        #expect(try Self.run(site, [.gzip], force: true).written == 2)
        #expect(try Self.run(site, [.gzip, .zstd]).written == 2)
    }

    @Test func whatWouldNotBeSmallerIsNotWritten() throws {
        var random = SystemRandomNumberGenerator()
        let site = TempSite()
        site.files.write("noise.txt", (0..<5000).map { _ in UInt8.random(in: 0...255, using: &random) })
        let summary = try Self.run(site)
        #expect(summary.useless == 3 && summary.written == 0 && Self.names(site) == ["noise.txt"])
    }

    @Test func aSidecarHasTheRightsAndTheTimeOfItsFile() throws {
        let site = TempSite(["a.css": Self.text])
        site.files.setMode("a.css", 0o640)
        site.files.setModified("a.css", 1_000_000)
        _ = try Self.run(site, [.brotli])
        let told = Command.run(["stat", "-c", "%a %Y", site.files.path + "/a.css.br"])
        #expect(String(decoding: told.output, as: UTF8.self) == "640 1000000\n")
    }

    @Test func aMissingFolderIsAnError() throws {
        let site = TempSite()
        var settings = site.configuration.site
        settings.directory += "/none"
        let path = settings.directory
        #expect(throws: SitePrecompressor.Failure.noFolder(path)) {
            try SitePrecompressor(settings, encodings: [.gzip], force: false).run(threads: 1) { _ in }
        }
    }

    @Test func progressIsToldFileByFile() throws {
        let site = TempSite(["a.css": Self.text, "b.css": Self.text, "c.css": Self.text])
        let seen = Mutex<[Int]>([])
        _ = try SitePrecompressor(site.configuration.site, encodings: [.gzip], force: false).run(threads: 2) { step in
            seen.withLock { $0.append(step.done) }
            #expect(step.total == 3)
        }
        #expect(seen.withLock { $0 } == [1, 2, 3])
    }

    @Test func theServerTakesThem() async throws {
        let site = TempSite(["a.css": Self.text])
        _ = try Self.run(site)
        try await serving(site) { served in
            for coding in ContentCoding.allCases {
                let answer = try served.get("/a.css", "Accept-Encoding: \(coding.rawValue)")
                #expect(answer.body == site.files.bytes("a.css" + coding.sidecarSuffix), "\(coding)")
            }
        }
    }
}
