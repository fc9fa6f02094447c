// Slow and silent clients: each deadline ends what it is there to end, and nothing that makes progress.
import PorticoConfig
import PorticoTesting
import Testing

@Suite struct TimeoutTests {
    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test func aHeadThatIsNotCompleteInTimeIs408() async throws {
        try await withEcho(.patient.with(\.headerTimeout, .milliseconds(300))) { port, _ in
            for start in ["GET / HT", "GET / HTTP/1.1\r\nHost: a\r\n", "\r\n"] {
                let client = try RawClient(port)
                client.send(start)
                let answer = try client.response()
                #expect(answer.status == 408 && answer["Connection"] == "close", "\(start.debugDescription)")
                client.finishSending()
                #expect(client.isClosed())
            }
        }
    }

    /// Slowloris: a byte now and then does not move the head's deadline.
    @Test func aDrippingHeadIs408() async throws {
        try await withEcho(.patient.with(\.headerTimeout, .milliseconds(300))) { port, _ in
            let client = try RawClient(port)
            client.send("GET / HTTP/1.1\r\nHost: a\r\n")
            for _ in 0..<15 where client.send("X: y\r\n") { RawClient.sleep(.milliseconds(100)) }
            #expect(try client.response().status == 408)
        }
    }

    @Test func aSecondHeadHasItsOwnDeadline() async throws {
        try await withEcho(.patient.with(\.headerTimeout, .seconds(1))) { port, _ in
            let client = try RawClient(port)
            #expect(try client.exchange(Self.get).status == 200)
            RawClient.sleep(.milliseconds(1200))
            client.send("GET / HTTP/1.1\r\n")
            RawClient.sleep(.milliseconds(50))
            client.send("Host: a\r\n\r\n")
            #expect(try client.response().status == 200)
            client.send("GET / HTTP/1.1\r\n")
            #expect(try client.response().status == 408)
        }
    }

    @Test func aConnectionWithoutARequestIsClosedSilently() async throws {
        try await withEcho(.patient.with(\.headerTimeout, .milliseconds(300))) { port, recorded async throws in
            #expect(try RawClient(port).isClosed())
            #expect(recorded.wait(0).isEmpty)
        }
    }

    @Test func anIdleConnectionIsClosedSilently() async throws {
        try await withEcho(.patient.with(\.keepAliveTimeout, .milliseconds(300))) { port, recorded in
            let client = try RawClient(port)
            #expect(try client.exchange(Self.get).status == 200)
            #expect(client.isClosed())
            #expect(recorded.wait().count == 1)
        }
    }

    @Test func aBodyWithoutProgressIs408() async throws {
        try await withEcho(.patient.with(\.bodyIdleTimeout, .milliseconds(300))) { port, recorded in
            for head in ["Content-Length: 10\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n5\r\nab"] {
                let client = try RawClient(port)
                let answer = try client.exchange("POST / HTTP/1.1\r\nHost: a\r\n\(head)")
                #expect(answer.status == 408 && answer["Connection"] == "close")
                client.finishSending()
                #expect(client.isClosed())
            }
            #expect(recorded.wait(2).allSatisfy { $0.reason == "client_timeout" })
        }
    }

    @Test func aSlowBodyWithProgressIsWaitedFor() async throws {
        try await withEcho(.patient.with(\.bodyIdleTimeout, .seconds(2))) { port, _ in
            let client = try RawClient(port)
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n")
            // Longer than the deadline in all, never between two bytes.
            client.send("abcdefghij", inPiecesOf: 1, pause: .milliseconds(250))
            #expect(try client.response().text == "abcdefghij")
        }
    }

    @Test func aClientThatStopsReadingIsCutOff() async throws {
        let site = TempSite()
        site.files.write("large.bin", Array(repeating: 1, count: 32 << 20))
        var configuration = site.configuration
        configuration.server.writeIdleTimeout = .milliseconds(500)
        try await withServer(site, configuration) { server in
            let client = try RawClient(server.port, receiveBuffer: 4096)
            client.send("GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n")
            let lines = server.accessLines(1)
            #expect(lines.count == 1 && lines[0].contains("client_timeout"), "\(lines)")
            let (bytes, ending) = client.readToEnd()
            #expect(bytes.count < 32 << 20 && ending != .stillOpen)
        }
    }

    @Test func aClientThatReadsSlowlyGetsAll() async throws {
        let site = TempSite()
        site.files.write("large.bin", Array(repeating: 1, count: 8 << 20))
        var configuration = site.configuration
        configuration.server.writeIdleTimeout = .seconds(2)
        try await withServer(site, configuration) { server in
            let client = try RawClient(server.port, receiveBuffer: 64 << 10)
            client.send("GET /large.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            var total = 0
            for _ in 0..<10 {
                total += try client.read(500_000).count
                RawClient.sleep(.milliseconds(250))
            }
            total += client.readToEnd().bytes.count
            #expect(total > 8 << 20)
        }
    }
}
