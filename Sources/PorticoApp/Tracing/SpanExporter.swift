// Sends the spans of all event loops to where `[tracing]` says, in batches, away from every request. When is decided by
// `SpanDelivery`.
import Logging
import NIOCore
import PorticoCore
import PorticoTelemetry
import PorticoTransport
import PorticoUpstream

// SAFETY: what varies is used on `eventLoop` only; the queue takes spans from any thread.
final class SpanExporter: @unchecked Sendable {
    let queue = SpanQueue()
    private let eventLoop: TransportLoop
    private let logger: Logger
    private var destination: SpanDestination?
    private var pool: UpstreamPool?
    private var delivery = SpanDelivery()
    /// Under way, or waiting to be sent again.
    private var batch: SpanBatch?
    private var timer: Scheduled<Void>?
    private var isFailing = false
    /// Set once the server stops.
    private var finished: EventLoopPromise<Void>?
    private var isOver = false

    private static let timeout = Interval.seconds(10)
    /// For all that is left when the server stops.
    private static let lastTimeout = Interval.seconds(3)

    init(eventLoop: TransportLoop, logger: Logger) {
        self.eventLoop = eventLoop
        self.logger = logger
    }

    /// From any thread.
    func add(_ entry: SpanQueue.Entry) {
        if queue.append(entry) != .none { eventLoop.execute { self.proceed() } }
    }

    /// From the next batch on.
    func use(_ destination: SpanDestination?) {
        eventLoop.execute {
            self.pool?.closeIdle()
            self.destination = destination
            self.pool = destination?.endpoint.makePool(on: self.eventLoop)
            self.proceed()
        }
    }

    /// Sends what is left, once, within a bound.
    func stop() async {
        let promise = eventLoop.makePromise(of: Void.self)
        eventLoop.execute {
            self.finished = promise
            self.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(Self.lastTimeout.nanoseconds)) {
                self.finish()
            }
            self.proceed()
        }
        try? await promise.futureResult.get()
    }

    // MARK: Deliveries

    private func proceed() {
        guard !isOver else { return }
        timer?.cancel()
        timer = nil
        guard let destination, let pool else { return discard() }
        let waiting = queue.figures.waiting
        switch delivery.next(waiting: waiting, isLast: finished != nil, now: .now()) {
        case .rest:
            if batch == nil {
                pool.closeIdle()
                finish()
            }
        case .wait(let until):
            pool.closeIdle()
            let pause = TimeAmount.nanoseconds(max(0, (until - .now()).nanoseconds))
            timer = eventLoop.assumeIsolated().scheduleTask(in: pause) { self.proceed() }
        case .send:
            let batch = SpanBatch(queue.take(), resource: destination.resource)
            self.batch = batch
            post(batch, to: destination, over: pool)
        case .sendAgain: if let batch { post(batch, to: destination, over: pool) }
        }
    }

    private func post(_ batch: SpanBatch, to destination: SpanDestination, over pool: UpstreamPool) {
        SpanPost(destination, pool: pool, body: batch.body) { self.ended($0, batch, at: destination.url) }
            .start(timeout: Self.timeout)
    }

    private func ended(_ result: SpanPost.Result, _ batch: SpanBatch, at url: String) {
        guard !isOver else { return }
        tell(result, at: url)
        let verdict = delivery.ended(
            result.outcome, isLast: finished != nil, luck: Double.random(in: 0...1), now: .now())
        switch verdict {
        case .keep: break
        case .done:
            settle(batch, as: \.exported)
        case .drop: settle(batch, as: result.outcome == .refused ? \.refused : \.undelivered)
        }
        proceed()
    }

    private func settle(_ batch: SpanBatch, as outcome: WritableKeyPath<SpanQueue.Figures, Int>) {
        queue.settle(batch.count, as: outcome)
        self.batch = nil
    }

    /// The first fault is told, and the first success after it.
    private func tell(_ result: SpanPost.Result, at url: String) {
        let fails = result.outcome != .delivered
        guard fails != isFailing else { return }
        isFailing = fails
        if fails {
            logger.warning("spans cannot be delivered", metadata: ["url": "\(url)", "error": "\(result.cause)"])
        } else {
            logger.notice("spans are delivered again", metadata: ["url": "\(url)"])
        }
    }

    /// Nobody wants them any more.
    private func discard() {
        if let batch, delivery.isPausing {
            settle(batch, as: \.undelivered)
            delivery = SpanDelivery()
        }
        while case let entries = queue.take(), !entries.isEmpty {
            queue.settle(SpanBatch(entries, resource: []).count, as: \.undelivered)
        }
        finish()
    }

    private func finish() {
        guard let finished else { return }
        isOver = true
        timer?.cancel()
        pool?.closeIdle()
        self.finished = nil
        finished.succeed()
    }
}
