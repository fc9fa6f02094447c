// Handlers for the wire alone: what a proxy or a consumer of bodies does, without one.
import NIOCore
import PorticoCore
import PorticoHTTP
import PorticoTesting
import Synchronization

/// What the handler's exchanges left behind, for another thread to look at.
final class Recorded: Sendable {
    struct Entry: Sendable {
        let status: Int
        let reason: String
        let bytesIn: Int
    }

    private let entries = Mutex<[Entry]>([])

    func note(_ exchange: Exchange) {
        let entry = Entry(
            status: exchange.record.status, reason: "\(exchange.record.reason)", bytesIn: exchange.record.bytesIn)
        entries.withLock { $0.append(entry) }
    }

    /// The records once there are `count`, or after two seconds.
    func wait(_ count: Int = 1) -> [Entry] {
        for _ in 0..<100 {
            let now = entries.withLock { $0 }
            if now.count >= count { return now }
            RawClient.sleep(.milliseconds(20))
        }
        return entries.withLock { $0 }
    }
}

/// Answers with the request as it understood it: method, routing path, authority, body, trailers.
final class EchoHandler: ExchangeHandler {
    private let recorded: Recorded

    init(_ recorded: Recorded = Recorded()) { self.recorded = recorded }

    func answer(_ exchange: Exchange) {
        guard exchange.head.hasBody else { return Echo.respond(exchange, body: ByteBuffer(), trailers: nil) }
        // The one who consumes the body lets it come (RFC 9110 §10.1.1).
        if exchange.head.expectsContinue { exchange.sendInterim(status: 100, fields: ByteBuffer()) }
        exchange.receiveBody(Echo(exchange))
    }

    func record(_ exchange: Exchange) { recorded.note(exchange) }
    func tick(_ now: MonotonicTime) -> Bool { false }
}

private final class Echo: ExchangeDriver {
    private let exchange: Exchange
    private var body = ByteBuffer()

    init(_ exchange: Exchange) { self.exchange = exchange }

    func bodyReceived(_ bytes: ByteBuffer) { body.writeImmutableBuffer(bytes) }
    func bodyEnded(trailers: ByteBuffer?) { Self.respond(exchange, body: body, trailers: trailers) }
    func clientFailed(_ error: PorticoError) {}
    func clientWritable() {}

    static func respond(_ exchange: Exchange, body: ByteBuffer, trailers: ByteBuffer?) {
        var fields = ByteBuffer()
        fields.writeField("X-Method", exchange.head.methodBytes)
        fields.writeField("X-Target", exchange.head.targetBytes)
        exchange.head.withRoutingPath { fields.writeField("X-Path", $0) }
        fields.writeField("X-Host", exchange.head.authorityBytes)
        if let trailers {
            fields.writeField("X-Trailers", String(buffer: trailers).split(separator: "\r\n").joined(separator: "|"))
        }
        exchange.respond(status: 200, fields: fields, body: body)
    }
}
