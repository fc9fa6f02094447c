// Many who want the same file at once: one reads it, one compresses it.
import PorticoStatic
import PorticoTesting
import Testing

@Suite struct SingleFlightTests {
    @Test func aThousandRequestsAtOnceCauseOneReadAndOneEncoding() async throws {
        let text = String(repeating: "const answer = 42;\n", count: 20_000)
        try await WatchedSite.serving(TempSite(["app.js": text])) { site async throws in
            let port = site.port
            let request = "GET /app.js HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n"
            let statuses = try await Crowd.run(50) { _ -> [Int] in
                let client = try RawClient(port)
                var statuses: [Int] = []
                for _ in 0..<20 { statuses.append(try client.exchange(request + "\r\n").status) }
                return statuses
            }
            #expect(statuses.flatMap { $0 } == Array(repeating: 200, count: 1000))
            #expect(site.counters.readCount == 1 && site.counters.encodingCount == 1)
        }
    }

    @Test func aMissingFileIsLookedForByAllAndFoundByAllOnceItIsThere() async throws {
        try await WatchedSite.serving(TempSite()) { site async throws in
            let port = site.port
            let request = "GET /late.txt HTTP/1.1\r\nHost: a\r\n\r\n"
            let before = try await Crowd.run(20) { _ in try RawClient(port).exchange(request).status }
            site.files.write("late.txt", "here")
            let after = try await Crowd.run(20) { _ in try RawClient(port).exchange(request).text }
            #expect(before.allSatisfy { $0 == 404 } && after.allSatisfy { $0 == "here" })
        }
    }
}
