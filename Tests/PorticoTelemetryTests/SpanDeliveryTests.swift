// When spans are sent, sent again, and given up: on a clock of the test's own.
import PorticoCore
import Testing

@testable import PorticoTelemetry

@Suite struct SpanDeliveryTests {
    private static func at(_ seconds: Double) -> MonotonicTime { MonotonicTime(nanoseconds: Int64(seconds * 1e9)) }

    @Test func `the first span waits for others, but not for ever`() {
        var delivery = SpanDelivery()
        #expect(delivery.next(waiting: 0, now: Self.at(0)) == .rest)
        #expect(delivery.next(waiting: 1, now: Self.at(1)) == .wait(until: Self.at(6)))
        #expect(delivery.next(waiting: 40, now: Self.at(3)) == .wait(until: Self.at(6)))
        #expect(delivery.next(waiting: 41, now: Self.at(6)) == .send)
        #expect(delivery.next(waiting: 900, now: Self.at(7)) == .rest)
        #expect(delivery.ended(.delivered, luck: 0, now: Self.at(8)) == .done)
        #expect(delivery.next(waiting: 900, now: Self.at(8)) == .send)
        #expect(delivery.ended(.delivered, luck: 0, now: Self.at(9)) == .done)
        #expect(delivery.next(waiting: 388, now: Self.at(9)) == .wait(until: Self.at(14)))
    }

    @Test func `a full batch goes at once`() {
        var delivery = SpanDelivery()
        #expect(delivery.next(waiting: SpanQueue.batchLimit, now: Self.at(0)) == .send)
    }

    @Test func `pauses double until the batch is given up, and the next one begins anew`() {
        var delivery = SpanDelivery()
        #expect(delivery.next(waiting: SpanQueue.batchLimit, now: Self.at(0)) == .send)
        var now = 0.0
        for pause in [1.0, 2, 4, 8] {
            #expect(delivery.ended(.failed(after: nil), luck: 1, now: Self.at(now)) == .keep)
            #expect(delivery.isPausing)
            #expect(delivery.next(waiting: 2000, now: Self.at(now)) == .wait(until: Self.at(now + pause)))
            now += pause
            #expect(delivery.next(waiting: 2000, now: Self.at(now)) == .sendAgain)
        }
        #expect(delivery.ended(.failed(after: nil), luck: 1, now: Self.at(now)) == .drop)
        #expect(delivery.next(waiting: 2000, now: Self.at(now)) == .send)
        #expect(delivery.ended(.failed(after: nil), luck: 0, now: Self.at(now)) == .keep)
        #expect(delivery.next(waiting: 2000, now: Self.at(now)) == .wait(until: Self.at(now + 0.5)))
    }

    @Test func `what is refused is not sent again`() {
        var delivery = SpanDelivery()
        #expect(delivery.next(waiting: SpanQueue.batchLimit, now: Self.at(0)) == .send)
        #expect(delivery.ended(.refused, luck: 0, now: Self.at(1)) == .drop)
        #expect(delivery.next(waiting: 0, now: Self.at(1)) == .rest)
    }

    @Test(arguments: [(7, 7.0), (3600, 30.0), (0, 0.5)])
    func `a receiver that says when is heard, within bounds`(told: Int, pause: Double) {
        var delivery = SpanDelivery()
        _ = delivery.next(waiting: SpanQueue.batchLimit, now: Self.at(0))
        #expect(delivery.ended(.failed(after: .seconds(told)), luck: 0, now: Self.at(0)) == .keep)
        #expect(delivery.next(waiting: 0, now: Self.at(0)) == .wait(until: Self.at(pause)))
    }

    @Test func `at the end all goes at once, and nothing twice`() {
        var delivery = SpanDelivery()
        #expect(delivery.next(waiting: 3, isLast: true, now: Self.at(0)) == .send)
        #expect(delivery.ended(.failed(after: nil), isLast: true, luck: 0, now: Self.at(0)) == .drop)
        #expect(delivery.next(waiting: 0, isLast: true, now: Self.at(0)) == .rest)
        var pausing = SpanDelivery()
        _ = pausing.next(waiting: SpanQueue.batchLimit, now: Self.at(0))
        _ = pausing.ended(.failed(after: nil), luck: 1, now: Self.at(0))
        #expect(pausing.next(waiting: 0, isLast: true, now: Self.at(0)) == .sendAgain)
    }
}
