// The queue's bounds, and whom it wakes.
import Testing

@testable import PorticoTelemetry

@Suite struct SpanQueueTests {
    private static func entry(_ count: Int = 1, size: Int = 10) -> SpanQueue.Entry {
        SpanQueue.Entry(bytes: [UInt8](repeating: 0x20, count: size), count: count)
    }

    @Test func `it tells of the first span and of a full batch, and of no other`() {
        let queue = SpanQueue()
        #expect(queue.append(Self.entry()) == .first)
        for _ in 2..<SpanQueue.batchLimit { #expect(queue.append(Self.entry()) == .none) }
        #expect(queue.append(Self.entry()) == .batch)
        #expect(queue.append(Self.entry()) == .none)
        #expect(queue.take().count == SpanQueue.batchLimit)
        #expect(queue.take().count == 1)
        #expect(queue.take().isEmpty)
        #expect(queue.append(Self.entry()) == .first)
    }

    @Test func `what finds no room is counted`() {
        let queue = SpanQueue()
        for _ in 0..<SpanQueue.limit + 7 { _ = queue.append(Self.entry()) }
        #expect(queue.figures.waiting == SpanQueue.limit)
        #expect(queue.figures.overflowed == 7)
        let large = SpanQueue()
        for _ in 0..<5 { _ = large.append(Self.entry(3, size: SpanQueue.batchByteLimit)) }
        #expect(large.figures.waiting == 12)
        #expect(large.figures.overflowed == 3)
    }

    @Test func `a batch is bounded by its bytes, but never empty`() {
        let queue = SpanQueue()
        _ = queue.append(Self.entry(size: SpanQueue.batchByteLimit + 1))
        _ = queue.append(Self.entry(size: 600 << 10))
        _ = queue.append(Self.entry(size: 600 << 10))
        #expect([queue.take().count, queue.take().count, queue.take().count, queue.take().count] == [1, 1, 1, 0])
    }

    @Test func `what became of spans is counted`() {
        let queue = SpanQueue()
        queue.settle(5, as: \.exported)
        queue.settle(2, as: \.refused)
        queue.settle(1, as: \.undelivered)
        var expected = SpanQueue.Figures()
        (expected.exported, expected.refused, expected.undelivered) = (5, 2, 1)
        #expect(queue.figures == expected)
    }
}
