// Holds an exchange while its answer is made elsewhere, and lets go of it if the client leaves.
import NIOCore
import PorticoCore
import PorticoHTTP
import PorticoTransport

// SAFETY: used on the exchange's event loop only; the reference crosses threads, its contents do not.
final class AnswerWait: ExchangeDriver, @unchecked Sendable {
    private var exchange: Exchange?

    private init(_ exchange: Exchange) { self.exchange = exchange }

    /// Has `make` called, which tells its result once, on any thread; `send` then answers with it on the exchange's event loop.
    static func answer<Made: Sendable>(
        _ exchange: Exchange, with make: (_ done: @escaping @Sendable (Made) -> Void) -> Void,
        send: @escaping @Sendable (Exchange, Made) -> Void
    ) {
        let wait = AnswerWait(exchange)
        exchange.receiveBody(wait)
        let eventLoop = exchange.loop.eventLoop
        make { made in
            eventLoop.execute {
                guard let exchange = wait.exchange else { return }
                wait.exchange = nil
                send(exchange, made)
            }
        }
    }

    func bodyReceived(_ bytes: ByteBuffer) {}
    func bodyEnded(trailers: ByteBuffer?) {}
    func clientFailed(_ error: PorticoError) { exchange = nil }
    func clientWritable() {}
}
