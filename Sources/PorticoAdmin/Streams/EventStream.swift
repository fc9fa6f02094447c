// One client of a stream of server-sent events (WHATWG HTML §9.2). A client that does not keep up loses events, never our
// memory. Confined to its event loop.
import NIOCore
import PorticoCore
import PorticoHTTP

final class EventStream: ExchangeDriver {
    private var exchange: Exchange?
    private let ended: (EventStream) -> Void

    /// `ended` is called once, when the client has gone or the server stops.
    init(_ exchange: Exchange, ended: @escaping (EventStream) -> Void) {
        self.exchange = exchange
        self.ended = ended
    }

    func start() {
        guard let exchange else { return }
        var fields = ByteBuffer()
        fields.writeField("Content-Type", "text/event-stream")
        fields.writeStaticString(
            "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nX-Accel-Buffering: no\r\n")
        exchange.start(ResponseHead(status: 200, fields: fields, length: .streamed))
        exchange.receiveBody(self)
        self.exchange?.flush()
    }

    /// Whether an event sent now would leave.
    var isWritable: Bool { exchange?.isWritable ?? false }

    /// `data` is one line. An event for a client that does not keep up is dropped.
    func send(_ event: StaticString, _ data: ByteBuffer) {
        guard let exchange, exchange.isWritable else { return }
        var bytes = ByteBuffer()
        bytes.writeString("event: \(event)\ndata: ")
        bytes.writeImmutableBuffer(data)
        bytes.writeStaticString("\n\n")
        exchange.send(bytes)
        exchange.flush()
    }

    /// A comment: whoever stands between must not take us for dead.
    func beat() {
        guard let exchange, exchange.isWritable else { return }
        exchange.send(ByteBuffer(staticString: ":\n\n"))
        exchange.flush()
    }

    private func end() {
        guard exchange != nil else { return }
        exchange = nil
        ended(self)
    }

    func bodyReceived(_ bytes: ByteBuffer) {}
    func bodyEnded(trailers: ByteBuffer?) {}
    func clientFailed(_ error: PorticoError) { end() }
    func clientWritable() {}

    func serverStops() {
        exchange?.finish(trailers: nil)
        end()
    }
}
