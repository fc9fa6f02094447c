// Bounded buffers both ways: nobody is read while the other side does not take.
import NIOCore
import PorticoConfig
import PorticoCore
import PorticoHTTP
import PorticoTesting
import Synchronization
import Testing

@Suite struct BackPressureTests {
    /// What a kernel may hold of a connection on both sides, at most; a server without back-pressure takes far more.
    private static let kernelShare = 16 << 20
    private static let block = [UInt8](repeating: 0x78, count: 64 << 10)

    @Test func aBodyNobodyAsksForIsNotRead() async throws {
        let server = try await WireServer.start(.patient) { _ in SilentHandler() }
        let client = try RawClient(server.port)
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n")
        #expect(client.flood(Self.block, times: 1000) < Self.kernelShare)
        client.close()
        await server.stop()
    }

    @Test func pipelinedRequestsWaitWhileAnAnswerIsAwaited() async throws {
        let server = try await WireServer.start(.patient) { _ in SilentHandler() }
        let client = try RawClient(server.port)
        let requests = String(repeating: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", count: 2000)
        #expect(client.flood(Array(requests.utf8), times: 1000) < Self.kernelShare)
        client.close()
        await server.stop()
    }

    /// Requests whose answers are ready at once: whoever does not take them gets no more of them.
    @Test func pipelinedAnswersThatNobodyTakesDoNotPileUp() async throws {
        let settings = ServerSettings.patient.with(\.writeIdleTimeout, .milliseconds(500))
        let counted = Produced()
        let server = try await WireServer.start(settings) { _ in CountingHandler(counted) }
        let client = try RawClient(server.port, receiveBuffer: 64 << 10)
        let requests = String(repeating: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", count: 2000)
        #expect(client.flood(Array(requests.utf8), times: 1000) < Self.kernelShare)
        #expect(counted.count * 1024 < Self.kernelShare, "answers of 1 KiB")
        #expect(client.readToEnd().ending != .stillOpen, "and the write deadline ends it")
        await server.stop()
    }

    @Test func aSourceIsNotReadWhileTheClientDoesNotRead() async throws {
        let produced = Produced()
        let server = try await WireServer.start(.patient) { _ in FloodHandler(produced, total: 256 << 20) }
        let client = try RawClient(server.port, receiveBuffer: 64 << 10)
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        RawClient.sleep(.milliseconds(500))
        let standing = produced.count
        #expect(standing > 0 && standing < Self.kernelShare)
        RawClient.sleep(.milliseconds(200))
        #expect(produced.count == standing, "stands still while nothing is read")
        _ = try client.read(standing)
        RawClient.sleep(.milliseconds(200))
        #expect(produced.count > standing, "goes on when the client reads")
        client.reset()
        await server.stop()
    }

    @Test func aClientThatIsGoneEndsItsSource() async throws {
        let produced = Produced()
        let server = try await WireServer.start(.patient) { _ in
            FloodHandler(produced, total: 256 << 20)
        }
        let client = try RawClient(server.port)
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try client.read(100_000)
        client.reset()
        for _ in 0..<1500 where !produced.wasToldOfTheEnd { RawClient.sleep(.milliseconds(20)) }
        #expect(produced.wasToldOfTheEnd)
        await server.stop()
    }
}

/// Never answers, never asks for a body.
private final class SilentHandler: ExchangeHandler {
    func answer(_ exchange: Exchange) {}
    func record(_ exchange: Exchange) {}
    func tick(_ now: MonotonicTime) -> Bool { false }
}

/// Answers at once from precomputed bytes, as a cached file does.
private final class CountingHandler: ExchangeHandler {
    private let counted: Produced
    private let answer = PreparedResponse(
        status: 200, fields: ByteBuffer(), body: ByteBuffer(repeating: 0x78, count: 1024))

    init(_ counted: Produced) { self.counted = counted }

    func answer(_ exchange: Exchange) {
        counted.add(1)
        exchange.respond(answer)
    }

    func record(_ exchange: Exchange) {}
    func tick(_ now: MonotonicTime) -> Bool { false }
}

private final class Produced: Sendable {
    private let bytes = Atomic(0)
    private let ended = Atomic(false)
    var count: Int { bytes.load(ordering: .relaxed) }
    var wasToldOfTheEnd: Bool { ended.load(ordering: .relaxed) }
    func add(_ count: Int) { bytes.add(count, ordering: .relaxed) }
    func end() { ended.store(true, ordering: .relaxed) }
}

/// Streams as fast as the client takes.
private final class FloodHandler: ExchangeHandler {
    private let produced: Produced
    private let total: Int

    init(_ produced: Produced, total: Int) {
        self.produced = produced
        self.total = total
    }

    func answer(_ exchange: Exchange) {
        exchange.start(ResponseHead(status: 200, fields: ByteBuffer(), length: .known(total)))
        let driver = Driver(exchange, produced, left: total)
        exchange.receiveBody(driver)
        driver.clientWritable()
    }

    func record(_ exchange: Exchange) {}
    func tick(_ now: MonotonicTime) -> Bool { false }

    private final class Driver: ExchangeDriver {
        private let exchange: Exchange
        private let produced: Produced
        private var left: Int
        private let piece = ByteBuffer(repeating: 0x78, count: 32 << 10)

        init(_ exchange: Exchange, _ produced: Produced, left: Int) {
            self.exchange = exchange
            self.produced = produced
            self.left = left
        }

        func clientWritable() {
            while left > 0, exchange.isWritable {
                exchange.send(piece)
                exchange.flush()
                left -= piece.readableBytes
                produced.add(piece.readableBytes)
            }
            if left == 0 { exchange.finish(trailers: nil) }
        }

        func bodyReceived(_ bytes: ByteBuffer) {}
        func bodyEnded(trailers: ByteBuffer?) {}
        func clientFailed(_ error: PorticoError) { produced.end() }
    }
}
