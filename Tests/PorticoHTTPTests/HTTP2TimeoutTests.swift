// Streams whose client stalls, by hand-made frames: what no well-behaved HTTP/2 client would send.
import PorticoConfig
import PorticoTesting
import Testing

@Suite struct HTTP2TimeoutTests {
    /// `:method: POST, :scheme: http, :path: /, :authority: a`, by the static table.
    private static let post: [UInt8] = [0x83, 0x86, 0x84, 0x41, 0x01, 0x61]

    private static func frame(_ type: UInt8, flags: UInt8, stream: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [0, 0, UInt8(payload.count), type, flags, 0, 0, 0, stream] + payload
    }

    private static func open(_ port: Int) throws -> RawClient {
        let client = try RawClient(port)
        client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        client.send(frame(4, flags: 0, stream: 0, []))
        return client
    }

    @Test func aStreamWhoseBodyStallsIsAnsweredWith408() async throws {
        try await withEcho(.patient.with(\.bodyIdleTimeout, .milliseconds(300))) { port, recorded async throws in
            let client = try Self.open(port)
            // END_HEADERS without END_STREAM: a body is to come, and never does.
            client.send(Self.frame(1, flags: 4, stream: 1, Self.post))
            client.send(Self.frame(0, flags: 0, stream: 1, [1, 2, 3]))
            let record = try #require(recorded.wait().first)
            #expect(record.status == 408 && record.reason == "client_timeout")
        }
    }

    @Test func aBodyThatMovesIsNotTimedOut() async throws {
        try await withEcho(.patient.with(\.bodyIdleTimeout, .seconds(2))) { port, recorded async throws in
            let client = try Self.open(port)
            client.send(Self.frame(1, flags: 4, stream: 1, Self.post))
            for _ in 0..<8 {
                client.send(Self.frame(0, flags: 0, stream: 1, [1]))
                RawClient.sleep(.milliseconds(300))
            }
            client.send(Self.frame(0, flags: 1, stream: 1, [1]))
            let record = try #require(recorded.wait().first)
            #expect(record.status == 200)
        }
    }
}
