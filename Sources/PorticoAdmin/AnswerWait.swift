// Holds an exchange while its answer is made elsewhere, and lets go of it if the client leaves.
import NIOCore
import PorticoCore
import PorticoHTTP

// SAFETY: used on the exchange's event loop only; the reference crosses threads, its contents do not.
final class AnswerWait: ExchangeDriver, @unchecked Sendable {
    private var exchange: Exchange?

    init(_ exchange: Exchange) { self.exchange = exchange }

    /// Nil once the client is gone.
    func takeExchange() -> Exchange? {
        defer { exchange = nil }
        return exchange
    }

    func bodyReceived(_ bytes: ByteBuffer) {}
    func bodyEnded(trailers: ByteBuffer?) {}
    func clientFailed(_ error: PorticoError) { exchange = nil }
    func clientWritable() {}
}
