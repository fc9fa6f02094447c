// Files that change while they are served.
import PorticoConfig
import PorticoTesting
import Testing

@Suite struct FreshnessTests {
    /// That it takes less than a second is shown where nothing else runs: by `scripts/conformance`.
    private static func wait(
        _ served: ServedSite, _ path: String, _ lines: String..., until isDone: (RawResponse) -> Bool
    ) throws -> Bool {
        try WatchedSite.soon(.seconds(60)) { isDone(try served.get(path, lines: lines)) }
    }

    @Test func aReplacedFileIsFreshWithinASecond() async throws {
        let site = TempSite(["a.txt": "old"])
        try await serving(site) { served in
            let old = try served.get("/a.txt")
            site.files.replace("a.txt", Array("new".utf8))
            let isFresh = try Self.wait(served, "/a.txt") { $0.text == "new" && $0["ETag"] != old["ETag"] }
            #expect(isFresh)
        }
    }

    @Test func aRewrittenFileIsFreshWithinASecond() async throws {
        let site = TempSite(["a.txt": "old"])
        site.files.write("large.bin", Array(repeating: 1, count: 100_000))
        try await serving(site) { served in
            for path in ["/a.txt", "/large.bin"] {
                let old = try served.get(path)
                site.files.write(String(path.dropFirst()), Array(repeating: 0x32, count: old.body.count))
                let isFresh = try Self.wait(served, path) { answer in
                    answer.body.allSatisfy { $0 == 0x32 } && answer["ETag"] != old["ETag"]
                }
                #expect(isFresh, "\(path)")
            }
        }
    }

    @Test func aNewFileIsThereAtOnceAndADeletedOneGoneWithinASecond() async throws {
        let site = TempSite()
        try await serving(site) { served in
            #expect(try served.get("/a.txt").status == 404)
            site.files.write("a.txt", "now")
            #expect(try served.get("/a.txt").text == "now")
            site.files.delete("a.txt")
            let isGone = try Self.wait(served, "/a.txt") { $0.status == 404 }
            #expect(isGone)
        }
    }

    @Test func aCompressedFormFollowsItsFile() async throws {
        let site = TempSite(["a.css": String(repeating: "old{}", count: 400)])
        try await serving(site) { served in
            let old = try served.get("/a.css", "Accept-Encoding: gzip")
            site.files.replace("a.css", Array(String(repeating: "new{}", count: 400).utf8))
            let isFresh = try Self.wait(served, "/a.css", "Accept-Encoding: gzip") { new in
                new["Content-Encoding"] == "gzip" && new["ETag"] != old["ETag"] && new.body != old.body
            }
            #expect(isFresh)
        }
    }

    /// The client must see that what it got is not whole: the connection is cut, not ended.
    @Test func aFileThatShrinksWhileItIsSentAbortsTheConnection() async throws {
        let site = TempSite()
        site.files.write("large.bin", Array(repeating: 1, count: 32 << 20))
        try await serving(site, { $0.server.writeIdleTimeout = .seconds(20) }) { served in
            let client = try RawClient(served.server.port, receiveBuffer: 64 << 10)
            client.send("GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try client.read(100_000)
            site.files.shrink("large.bin", to: 1000)
            let (bytes, ending) = client.readToEnd()
            #expect(ending == .reset && bytes.count < 32 << 20)
            let lines = served.server.accessLines(1)
            #expect(lines.count == 1 && lines[0].contains("file_changed"), "\(lines)")
        }
    }

    @Test func aFileThatIsReplacedWhileItIsSentIsSentToItsEnd() async throws {
        let site = TempSite()
        let old = [UInt8](repeating: 1, count: 16 << 20)
        site.files.write("large.bin", old)
        try await serving(site) { served in
            let client = try RawClient(served.server.port, receiveBuffer: 64 << 10)
            client.send("GET /large.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            _ = try client.read(10)
            site.files.replace("large.bin", Array(repeating: 2, count: 1000))
            let (bytes, _) = client.readToEnd(within: .seconds(60))
            #expect(bytes.suffix(15 << 20).allSatisfy { $0 == 1 } && bytes.count > 16 << 20)
        }
    }

    /// The same where the file's bytes pass through us: TLS, HTTP/2.
    @Test(.enabled(if: Command.exists("curl"))) func aFileThatShrinksWhileItIsSentOverTLSAbortsTheTransfer()
        async throws
    {
        let certificate = try #require(TestCertificate())
        let site = TempSite()
        try await serving(
            site,
            {
                $0.ssl = certificate.settings
                $0.server.headerTimeout = .seconds(5)
                $0.server.writeIdleTimeout = .seconds(20)
            }
        ) { served in
            for version in ["--http1.1", "--http2"] {
                // More than the sockets on both sides can hold between them.
                site.files.write("large.bin", Array(repeating: 1, count: 48 << 20))
                let url = "https://127.0.0.1:\(served.server.securePort ?? 0)/large.bin"
                let whole = Command.run(["curl", "-sk", version, "-o", "/dev/null", url])
                #expect(whole.status == 0, "\(version)")
                let shrinking = Command.run([
                    "sh", "-c",
                    """
                    curl -sk \(version) --limit-rate 8M --max-time 60 -o "$0" \(url) & client=$!
                    until [ -s "$0" ]; do sleep 0.02; done
                    truncate -s 1000 '\(site.files.path)/large.bin'; wait $client
                    """,
                    site.outside.path + "/received\(version)",
                ])
                // 28 is curl's own time limit: then nobody cut anything.
                #expect(shrinking.status != 0 && shrinking.status != 28, "\(version): \(shrinking.status)")
            }
        }
    }
}
