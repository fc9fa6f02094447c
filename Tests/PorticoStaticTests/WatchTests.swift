// Changes that the system reports: seen within a second, whatever was changed, and without asking the disk per request.
import PorticoCompression
import PorticoConfig
import PorticoStatic
import PorticoTesting
import Testing

@Suite struct WatchTests {
    private static let text = String(repeating: "body { color: red }\n", count: 200)

    @Test func aWatchedFileIsReadOnceUntilItChanges() async throws {
        try await WatchedSite.serving(TempSite(["a.txt": "old", "dir/b.txt": "old"])) { site async throws in
            #expect(try site.isReportedTo())
            let (reads, changes) = (site.counters.readCount, site.counters.changeCount)
            for _ in 0..<3 {
                for path in ["/a.txt", "/dir/b.txt"] { #expect(try site.get(path).text == "old") }
                // Longer than files that are not watched go without being looked at.
                RawClient.sleep(.milliseconds(600))
            }
            #expect(site.counters.readCount == reads + 2)
            site.files.replace("dir/b.txt", Array("new".utf8))
            #expect(try site.soon("/dir/b.txt") { $0.text == "new" })
            #expect(try site.get("/a.txt").text == "old")
            #expect(site.counters.readCount == reads + 3 && site.counters.changeCount == changes + 1)
        }
    }

    @Test func sidecarsMayComeChangeAndGo() async throws {
        let folder = TempSite(["a.css": Self.text])
        try await WatchedSite.serving(folder) { site async throws in
            #expect(try site.get("/a.css", encoding: "gzip")["Content-Encoding"] == "gzip")
            site.files.write("a.css.gz", "ONE")
            #expect(try site.soon("/a.css", encoding: "gzip") { $0.text == "ONE" })
            site.files.replace("a.css.gz", Array("TWO".utf8))
            #expect(try site.soon("/a.css", encoding: "gzip") { $0.text == "TWO" })
            site.files.delete("a.css.gz")
            #expect(try site.soon("/a.css", encoding: "gzip") { $0.body.count > 10 })
            #expect(try site.get("/a.css").text == Self.text)
        }
    }

    @Test func aSidecarIsStaleOnceItsFileIsNewerWithinTheSameSecondToo() async throws {
        let folder = TempSite(["a.css": Self.text])
        folder.files.write("a.css.gz", "STALE")
        try await WatchedSite.serving(folder) { site async throws in
            #expect(try site.get("/a.css", encoding: "gzip").text == "STALE")
            site.files.write("a.css", Self.text + "b{}")
            #expect(try site.soon("/a.css", encoding: "gzip") { $0.text != "STALE" })
        }
    }

    @Test func folderAndRootMayBeExchanged() async throws {
        let folder = TempSite()
        folder.outside.write("one/assets/js/a.js", "one")
        folder.outside.write("two/assets/js/a.js", "two")
        folder.outside.link("current", to: "one")
        let root = folder.outside.path
        try await WatchedSite.serving(folder, { $0.directory = root + "/current" }) { site async throws in
            #expect(try site.get("/assets/js/a.js").text == "one")
            // The folder in between.
            _ = Command.run([
                "sh", "-c", "cd '\(root)/one' && mv assets old && mkdir -p assets/js && echo -n new > assets/js/a.js",
            ])
            #expect(try site.soon("/assets/js/a.js") { $0.text == "new" })
            // The link that is the root.
            _ = Command.run(["sh", "-c", "cd '\(root)' && ln -s two next && mv -T next current"])
            #expect(try site.soon("/assets/js/a.js") { $0.text == "two" })
            // Watched there as well.
            folder.outside.write("two/assets/js/a.js", "later")
            #expect(try site.soon("/assets/js/a.js") { $0.text == "later" })
        }
    }

    @Test func aFolderThatGoesTakesItsFilesAlong() async throws {
        let folder = TempSite(["a/b/c.txt": "here"])
        try await WatchedSite.serving(folder) { site async throws in
            #expect(try site.get("/a/b/c.txt").text == "here")
            _ = Command.run(["rm", "-r", site.files.path + "/a"])
            #expect(try site.soon("/a/b/c.txt") { $0.status == 404 })
            site.files.write("a/b/c.txt", "again")
            #expect(try site.soon("/a/b/c.txt") { $0.text == "again" })
            site.files.write("a/b/c.txt", "and again")
            #expect(try site.soon("/a/b/c.txt") { $0.text == "and again" })
        }
    }

    @Test func anIndexFileThatComesFirstWins() async throws {
        let folder = TempSite(["dir/second.html": "second"])
        try await WatchedSite.serving(folder, { $0.index = ["first.html", "second.html"] }) { site async throws in
            #expect(try site.get("/dir/").text == "second")
            site.files.write("dir/first.html", "first")
            #expect(try site.soon("/dir/") { $0.text == "first" })
            site.files.delete("dir/first.html")
            #expect(try site.soon("/dir/") { $0.text == "second" })
        }
    }

    @Test func aFileOfTheVeryNameWinsOverAPage() async throws {
        let folder = TempSite(["about.html": "page"])
        try await WatchedSite.serving(folder, { $0.cleanURLs = true }) { site async throws in
            #expect(try site.get("/about").text == "page")
            site.files.write("about", "file")
            #expect(try site.soon("/about") { $0.text == "file" })
            site.files.delete("about")
            #expect(try site.soon("/about") { $0.text == "page" })
        }
    }

    /// What lies elsewhere, or has a second name elsewhere, is asked about instead.
    @Test func filesThatCannotBeWatchedAreSeenToChangeToo() async throws {
        let folder = TempSite(["plain.css": Self.text])
        folder.outside.write("elsewhere.txt", "old")
        folder.outside.write("hard.txt", "old")
        folder.files.link("linked.txt", to: "../elsewhere.txt")
        folder.files.link("linked.css", to: "plain.css")
        _ = Command.run(["ln", folder.outside.path + "/hard.txt", folder.files.path + "/hard.txt"])
        try await WatchedSite.serving(folder, { $0.followSymlinks = .always }) { site async throws in
            for path in ["/linked.txt", "/hard.txt"] { #expect(try site.get(path).text == "old") }
            #expect(try site.get("/linked.css", encoding: "br")["Content-Encoding"] == "br")
            folder.outside.write("elsewhere.txt", "new")
            folder.outside.write("hard.txt", "new")
            site.files.write("linked.css.br", "SIDECAR")
            for path in ["/linked.txt", "/hard.txt"] { #expect(try site.soon(path) { $0.text == "new" }) }
            #expect(try site.soon("/linked.css", encoding: "br") { $0.text == "SIDECAR" })
            #expect(site.counters.changeCount == 0)
        }
    }

    @Test func aRightTakenAwayIsSeen() async throws {
        try await WatchedSite.serving(TempSite(["a.txt": "here"])) { site async throws in
            #expect(try site.get("/a.txt").status == 200)
            let reads = site.counters.readCount
            site.files.setMode("a.txt", 0o000)
            // Root may read all the same: then it is read anew.
            #expect(try site.soon("/a.txt") { $0.status == 403 || site.counters.readCount > reads })
        }
    }
}
