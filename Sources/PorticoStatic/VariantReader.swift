// Sends a coded form to one client while it is made, from its beginning and no faster than the client takes it; or waits for the
// whole where the client needs its length. What is ready is VariantInMaking's part.
import NIOCore
import PorticoCore
import PorticoHTTP

// SAFETY: used on the exchange's event loop only; the reference crosses threads, its contents do not.
final class VariantReader: ExchangeDriver, @unchecked Sendable {
    /// Nil once it is answered, or the client left: what is being made is for the cache, and goes on.
    private var exchange: Exchange?
    private let eventLoop: any EventLoop
    private let variant: VariantInMaking
    private let answerWhole: (Exchange, VariantInMaking.End) -> Void
    /// Pieces sent; nil where the whole is waited for.
    private var taken: Int? = 0
    private var isWaiting = false

    private init(
        _ exchange: Exchange, _ variant: VariantInMaking,
        _ answerWhole: @escaping (Exchange, VariantInMaking.End) -> Void
    ) {
        self.exchange = exchange
        eventLoop = exchange.loop.eventLoop
        self.variant = variant
        self.answerWhole = answerWhole
        if !Self.mayStream(exchange) { taken = nil }
    }

    /// `whole` answers where nothing was sent before it is done: at once, perhaps.
    static func answer(
        _ exchange: Exchange, with variant: VariantInMaking,
        whole: @escaping (Exchange, VariantInMaking.End) -> Void
    ) {
        let reader = VariantReader(exchange, variant, whole)
        exchange.driver = reader
        reader.advance()
    }

    /// HEAD tells the length, HTTP/1.0 has no other way to say that a body is whole, and a dry run shows the whole answer.
    private static func mayStream(_ exchange: Exchange) -> Bool {
        exchange.head.method == .get && exchange.head.version != .http10 && exchange.trace == nil
    }

    // MARK: Going on

    /// On any thread.
    func wake() {
        eventLoop.execute {
            self.isWaiting = false
            self.advance()
        }
    }

    /// Sending may make the client writable, and more is sent before that call returns.
    private func advance() {
        while let exchange, !isWaiting, exchange.isWritable || (taken ?? 0) == 0 {
            switch variant.progress(behind: taken, for: self) {
            case .later: isWaiting = true
            case .piece(let bytes, let head, let isLast): send(bytes, head, isLast, to: exchange)
            case .end(let end): finish(exchange, end)
            }
        }
    }

    private func send(_ bytes: ByteBuffer, _ head: RepresentationHead, _ isLast: Bool, to exchange: Exchange) {
        if taken == 0 {
            // Conditions that hold end in another answer: its fields are the whole one's.
            guard isWanted(exchange, head) else { return taken = nil }
            exchange.start(ResponseHead(status: 200, fields: head.fields, length: .streamed))
        }
        taken? += 1
        exchange.send(bytes)
        guard isLast else { return exchange.flush() }
        self.exchange = nil
        exchange.finish(trailers: nil)
    }

    private func isWanted(_ exchange: Exchange, _ head: RepresentationHead) -> Bool {
        let verdict = head.etag.withUnsafeBytes {
            Preconditions.evaluate(
                exchange.head.fields, method: exchange.head.method, etag: $0,
                modified: variant.entry.stamp.modifiedSeconds)
        }
        return verdict == .proceed
    }

    private func finish(_ exchange: Exchange, _ end: VariantInMaking.End) {
        self.exchange = nil
        guard let taken, taken > 0 else {
            exchange.driver = nil
            return answerWhole(exchange, end)
        }
        switch end {
        case .made: exchange.finish(trailers: nil)
        case .broken:
            exchange.record.reason = .fileChanged
            exchange.abort()
        }
    }

    // MARK: The client

    func bodyReceived(_ bytes: ByteBuffer) {}
    func bodyEnded(trailers: ByteBuffer?) {}
    func clientFailed(_ error: PorticoError) { exchange = nil }
    func clientWritable() { advance() }
}
