// Codings on the wire: sidecars and on the fly, each checked by the program that made the format known.
import Glibc
import PorticoConfig
import PorticoTesting
import SwiftOverlayShims
import Testing

@Suite struct NegotiationTests {
    private static let text = String(repeating: "body { color: red }\n", count: 200)

    private static func unpacked(_ body: [UInt8], by program: String) -> String? {
        let folder = TempFolder()
        folder.write("in", body)
        let outcome = Command.run(["sh", "-c", "\(program) -dc < '\(folder.path)/in'"])
        return outcome.status == 0 ? String(decoding: outcome.output, as: UTF8.self) : nil
    }

    @Test func textIsCompressedOnTheFly() async throws {
        try await serving(TempSite(["a.css": Self.text])) { served in
            for _ in 0..<2 {
                let gzip = try served.get("/a.css", "Accept-Encoding: gzip")
                #expect(
                    gzip["Content-Encoding"] == "gzip" && gzip["Vary"] == "Accept-Encoding"
                        && gzip.body.count < Self.text.utf8.count)
                #expect(Self.unpacked(gzip.body, by: "gzip") == Self.text)
                let brotli = try served.get("/a.css", "Accept-Encoding: gzip, br")
                #expect(brotli["Content-Encoding"] == "br" && brotli["Vary"] == "Accept-Encoding")
                #expect(brotli.body.count < Self.text.utf8.count)
                if Command.exists("brotli") { #expect(Self.unpacked(brotli.body, by: "brotli") == Self.text) }
            }
        }
    }

    @Test func plainAnswersOfNegotiableFilesVaryToo() async throws {
        try await serving(TempSite(["a.css": Self.text])) { served in
            for lines in [
                "X: y", "Accept-Encoding: identity", "Accept-Encoding: gzip;q=0", "Accept-Encoding: deflate",
                "Accept-Encoding:",
            ] {
                let answer = try served.get("/a.css", lines)
                #expect(
                    answer["Content-Encoding"] == nil && answer["Vary"] == "Accept-Encoding"
                        && answer.text == Self.text, "\(lines)")
            }
        }
    }

    @Test func weightsAndTheStarAreObeyed() async throws {
        let cases = [
            ("gzip;q=1, br;q=0.5", "gzip"), ("gzip;q=0.5, br", "br"), ("*", "br"), ("br;q=0, *", "zstd"),
            ("*;q=0", nil), ("*;q=0, gzip", "gzip"),
            ("GZIP", "gzip"), ("gzip;q=0.001", "gzip"), ("identity;q=1, gzip;q=0.5", nil),
            ("identity;q=0, gzip", "gzip"), ("zstd, gzip", "zstd"), ("zstd;q=0.5, gzip;q=0.4", "zstd"),
            ("gzip, deflate, br, zstd", "br"),
        ]
        try await serving(TempSite(["a.css": Self.text])) { served in
            for (offer, coding) in cases {
                let answer = try served.get("/a.css", "Accept-Encoding: \(offer)")
                #expect(answer["Content-Encoding"] == coding, "\(offer)")
            }
        }
    }

    @Test func aSidecarIsServedUnlessItIsOlder() async throws {
        let site = TempSite([
            "a.css": Self.text, "a.css.br": "BROTLI", "a.css.zst": "ZSTD", "a.css.gz": "GZIP", "old.css": Self.text,
            "old.css.gz": "STALE",
        ])
        for name in ["a.css", "a.css.br", "a.css.zst", "a.css.gz", "old.css"] {
            site.files.setModified(name, 1_000_000)
        }
        site.files.setModified("old.css.gz", 999_999)
        try await serving(site) { served in
            let brotli = try served.get("/a.css", "Accept-Encoding: br")
            #expect(brotli.text == "BROTLI" && brotli["Content-Encoding"] == "br")
            #expect(brotli["Content-Type"] == "text/css; charset=utf-8" && brotli["Content-Length"] == "6")
            let zstd = try served.get("/a.css", "Accept-Encoding: zstd")
            #expect(zstd.text == "ZSTD" && zstd["Content-Encoding"] == "zstd")
            #expect(try served.get("/a.css", "Accept-Encoding: gzip").text == "GZIP")
            #expect(try served.get("/a.css").text == Self.text)
            let fresh = try served.get("/old.css", "Accept-Encoding: gzip")
            #expect(fresh.text != "STALE" && Self.unpacked(fresh.body, by: "gzip") == Self.text)
        }
        try await serving(
            site,
            {
                $0.site.precompressed = false; $0.site.compression.enabled = false
            }
        ) { served async throws in
            #expect(try served.get("/a.css", "Accept-Encoding: br, gzip").text == Self.text)
        }
    }

    /// `brotli FILE` gives its output the file's time, without the fraction of the second.
    @Test func aSidecarWhoseTimeIsCutToTheSecondIsNoOlder() async throws {
        let site = TempSite(["cut.css": Self.text, "cut.css.br": "CUT"])
        var status = stat()
        #expect(stat(site.files.path + "/cut.css", &status) == 0)
        site.files.setModified("cut.css.br", status.st_mtim.tv_sec)
        try await serving(site) { served async throws in
            #expect(try served.get("/cut.css", "Accept-Encoding: br").text == "CUT")
        }
    }

    @Test func aSidecarOutOfTheRootIsNotFollowed() async throws {
        let site = TempSite(["a.css": Self.text])
        site.outside.write("secret", "TOP-SECRET")
        site.files.link("a.css.br", to: "../secret")
        try await serving(site) { served in
            let answer = try served.get("/a.css", "Accept-Encoding: br")
            #expect(answer.status == 200 && !answer.body.contains("TOP-SECRET"))
        }
    }

    @Test func tinyAndCompressedTypesStayAsTheyAre() async throws {
        let site = TempSite([
            "tiny.css": "a{}", "photo.png": Self.text, "data.zip": Self.text, "font.woff2": Self.text, "empty.css": "",
        ])
        try await serving(site) { served in
            for path in ["/tiny.css", "/photo.png", "/data.zip", "/font.woff2", "/empty.css"] {
                let answer = try served.get(path, "Accept-Encoding: br, gzip")
                #expect(answer.status == 200 && answer["Content-Encoding"] == nil, "\(path)")
            }
            #expect(try served.get("/photo.png", "Accept-Encoding: br")["Vary"] == nil)
        }
    }

    @Test func largeTextIsCompressedOrSentWhole() async throws {
        let site = TempSite(["big.txt": String(repeating: "0123456789abcdef\n", count: 20_000)])
        try await serving(site) { served in
            let answer = try served.get("/big.txt", "Accept-Encoding: gzip")
            #expect(answer["Content-Encoding"] == "gzip")
            #expect(
                Self.unpacked(answer.body, by: "gzip") == String(decoding: site.files.bytes("big.txt"), as: UTF8.self))
            #expect(try served.get("/big.txt").body == site.files.bytes("big.txt"))
        }
    }
}
