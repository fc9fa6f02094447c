// Bodies that somebody asks for long after they came.
import NIOCore
import PorticoConfig
import PorticoCore
import PorticoHTTP
import PorticoTesting
import Testing

@Suite struct LateBodyTests {
    private static func post(_ lines: String) -> String { "POST / HTTP/1.1\r\nHost: a\r\n\(lines)" }

    @Test func aHalfCloseBehindABodyThatNobodyReadYetIsNoAbort() async throws {
        let server = try await WireServer.start(.patient) { _ in LateHandler() }
        for lines in ["Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"] {
            let client = try RawClient(server.port)
            client.send(Self.post(lines))
            client.finishSending()
            let answer = try client.response()
            #expect(answer.status == 200 && answer.text == "5 bytes")
            #expect(client.isClosed())
        }
        await server.stop()
    }

    @Test func aHalfCloseWithinABodyIs400() async throws {
        let server = try await WireServer.start(.patient) { _ in LateHandler() }
        for lines in ["Content-Length: 5\r\n\r\nhel", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"] {
            let client = try RawClient(server.port)
            client.send(Self.post(lines))
            client.finishSending()
            #expect(try client.response().status == 400)
            #expect(client.isClosed())
        }
        await server.stop()
    }

    @Test func aBodyIsHeldUntilItIsAskedFor() async throws {
        let server = try await WireServer.start(.patient) { _ in LateHandler() }
        let client = try RawClient(server.port)
        let body = String(repeating: "x", count: 200_000)
        client.send(Self.post("Content-Length: \(body.utf8.count)\r\n\r\n\(body)GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
        #expect(try client.response().text == "200000 bytes")
        #expect(try client.response().text == "0 bytes")
        await server.stop()
    }

    /// A client that half-closed may be slow to take a large answer: nothing of it is dropped.
    @Test func theLastAnswerIsWrittenToItsEndHoweverSlowlyItIsTaken() async throws {
        let server = try await WireServer.start(.patient) { _ in LargeAnswerHandler() }
        for isHalfClosed in [true, false] {
            let client = try RawClient(server.port, receiveBuffer: 4096)
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            if isHalfClosed { client.finishSending() }
            // Longer than the connection would linger.
            RawClient.sleep(.milliseconds(2600))
            #expect(try client.response().body.count == LargeAnswerHandler.size, "half-closed: \(isHalfClosed)")
            #expect(client.isClosed())
        }
        await server.stop()
    }
}

/// Asks for the body a while after the head, and counts it.
private final class LateHandler: ExchangeHandler {
    func answer(_ exchange: Exchange) {
        guard exchange.head.hasBody else { return Counter(exchange).bodyEnded(trailers: nil) }
        exchange.loop.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(150)) {
            exchange.receiveBody(Counter(exchange))
        }
    }

    func record(_ exchange: Exchange) {}
    func tick(_ now: MonotonicTime) -> Bool { false }

    private final class Counter: ExchangeDriver {
        private let exchange: Exchange
        private var count = 0

        init(_ exchange: Exchange) { self.exchange = exchange }

        func bodyReceived(_ bytes: ByteBuffer) { count += bytes.readableBytes }
        func bodyEnded(trailers: ByteBuffer?) {
            exchange.respond(status: 200, fields: ByteBuffer(), body: ByteBuffer(string: "\(count) bytes"))
        }
        func clientFailed(_ error: PorticoError) {}
        func clientWritable() {}
    }
}

/// Answers with more than sockets hold, in one piece.
private final class LargeAnswerHandler: ExchangeHandler {
    static let size = 16 << 20

    func answer(_ exchange: Exchange) {
        exchange.respond(status: 200, fields: ByteBuffer(), body: ByteBuffer(repeating: 0x78, count: Self.size))
    }

    func record(_ exchange: Exchange) {}
    func tick(_ now: MonotonicTime) -> Bool { false }
}
