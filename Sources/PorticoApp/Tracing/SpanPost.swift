// One delivery of spans: a POST to the receiver, its verdict, within its time. Confined to its event loop.
import NIOCore
import PorticoCore
import PorticoHTTP
import PorticoTelemetry
import PorticoUpstream

final class SpanPost: ResponseReceiver {
    struct Result {
        var outcome: SpanDelivery.Outcome
        /// What was wrong, for operators.
        var cause = ""
    }

    private let pool: UpstreamPool
    private let head: ByteBuffer
    private let body: ByteBuffer
    private var done: ((Result) -> Void)?
    private var stream: UpstreamStream?
    private var deadline: Scheduled<Void>?
    /// By the status, which may come long before the end of the answer.
    private var verdict: Result?

    init(_ destination: SpanDestination, pool: UpstreamPool, body: [UInt8], done: @escaping (Result) -> Void) {
        self.pool = pool
        head = destination.head(length: body.count)
        self.body = ByteBuffer(bytes: body)
        self.done = done
    }

    func start(timeout: Interval) {
        let loop = pool.eventLoop.assumeIsolated()
        deadline = loop.scheduleTask(in: .nanoseconds(timeout.nanoseconds)) { self.end(Self.fault("timed out")) }
        pool.tick(.now())
        if let stream = pool.take(carefully: true) { return send(over: stream, timeout) }
        pool.connect { result in
            switch result {
            case .success(let stream): self.send(over: stream, timeout)
            case .failure(let error): self.end(Self.fault(error.account))
            }
        }
    }

    private func send(over stream: UpstreamStream, _ timeout: Interval) {
        guard done != nil else { return stream.cancel() }
        self.stream = stream
        stream.begin(
            head, method: .post, framing: .length(body.readableBytes), timeout: timeout, idleTimeout: timeout, for: self
        )
        stream.send(body)
        stream.endRequest(trailers: nil)
        stream.flush()
    }

    /// What the status says counts, whatever becomes of the rest.
    private func end(_ fault: Result) {
        guard let done else { return }
        self.done = nil
        deadline?.cancel()
        stream?.cancel()
        stream = nil
        done(verdict ?? fault)
    }

    private static func fault(_ cause: String) -> Result { Result(outcome: .failed(after: nil), cause: cause) }

    // MARK: The answer

    func interimReceived(_ head: ResponseHeadView) {}

    /// OTLP/HTTP: which statuses ask for another try.
    func responseStarted(_ head: ResponseHeadView) {
        let cause = "status \(head.status)"
        switch head.status {
        case 200..<300: verdict = Result(outcome: .delivered)
        case 429, 502, 503, 504:
            verdict = Result(outcome: .failed(after: Self.retryAfter(head.fields)), cause: cause)
        default: verdict = Result(outcome: .refused, cause: cause)
        }
    }

    /// In seconds; a date is not read.
    private static func retryAfter(_ fields: HeadFields) -> Interval? {
        for index in 0..<fields.entryCount where fields.view(fields.entry(index).name).equalsFolded("retry-after") {
            return Int(fields.view(fields.entry(index).value).text).map { .seconds(max(0, min($0, 3600))) }
        }
        return nil
    }

    func responseBody(_ bytes: ByteBuffer) {}

    func responseEnded(trailers: ByteBuffer?) {
        let ended = stream
        stream = nil
        ended?.release()
        end(Self.fault("no answer"))
    }

    func responsePaused() {}

    func upstreamFailed(_ error: PorticoError) {
        stream = nil
        end(Self.fault(error.account))
    }

    func upstreamWritable() {}
}
