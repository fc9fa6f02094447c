// Files that grow while they are sent: the length that was promised is what comes.
import Glibc
import PorticoConfig
import PorticoTesting
import Testing

@Suite struct GrowingFileTests {
    private static let size = 16 << 20

    private static func append(_ path: String, _ byte: UInt8, _ count: Int) {
        guard let file = fopen(path, "a") else { return }
        let bytes = [UInt8](repeating: byte, count: count)
        fwrite(bytes, 1, count, file)
        fclose(file)
    }

    @Test func aFileThatGrowsIsSentAtItsPromisedLength() async throws {
        let site = TempSite()
        site.files.write("log.bin", [UInt8](repeating: 1, count: Self.size))
        try await serving(site) { served async throws in
            let client = try RawClient(served.server.port, receiveBuffer: 64 << 10)
            for range in ["", "Range: bytes=5000000-\r\n", "Range: bytes=0-99,5000000-\r\n"] {
                let size = site.files.bytes("log.bin").count
                client.send("GET /log.bin HTTP/1.1\r\nHost: a\r\n\(range)\r\n")
                try client.awaitBytes(1)
                Self.append(site.files.path + "/log.bin", 2, 3_000_000)
                let answer = try client.response()
                #expect([200, 206].contains(answer.status) && answer["Content-Length"] == "\(answer.body.count)")
                #expect(range != "" || answer.body.count == size)
                // What has come since is seen with the next request, within a second.
                RawClient.sleep(.milliseconds(700))
            }
            let head = try served.get("/log.bin", method: "HEAD")
            #expect(head["Content-Length"] == "\(Self.size + 9_000_000)")
        }
    }

    @Test(.enabled(if: Command.exists("curl"))) func theSameOverTLSAndHTTP2() async throws {
        let certificate = try #require(TestCertificate())
        let site = TempSite()
        try await serving(
            site,
            {
                $0.ssl = certificate.settings
                $0.server.headerTimeout = .seconds(5)
                $0.server.writeIdleTimeout = .seconds(20)
            }
        ) { served async throws in
            for version in ["--http1.1", "--http2"] {
                site.files.write("\(version).bin", [UInt8](repeating: 1, count: Self.size))
                let url = "https://127.0.0.1:\(served.server.securePort ?? 0)/\(version).bin"
                let outcome = Command.run([
                    "sh", "-c",
                    """
                    curl -sk \(version) --limit-rate 20M --max-time 20 -o '\(site.outside.path)/got' \(url) & client=$!
                    sleep 0.3; head -c 3000000 /dev/zero >> '\(site.files.path)/\(version).bin'; wait $client
                    """,
                ])
                let got = site.outside.bytes("got")
                #expect(outcome.status == 0 && got.count == Self.size && got.allSatisfy { $0 == 1 }, "\(version)")
            }
        }
    }
}
