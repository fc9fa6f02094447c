// Where durations fall, and what quantiles make of them.
import Testing

@testable import PorticoTelemetry

@Suite struct HistogramTests {
    @Test func `each bound belongs to its own bucket, and what is one longer to the next`() {
        for (index, bound) in LatencyBuckets.bounds.enumerated() {
            let nanoseconds = Int((bound * 1e9).rounded())
            #expect(LatencyBuckets.index(ofNanoseconds: nanoseconds) == index)
            #expect(LatencyBuckets.index(ofNanoseconds: nanoseconds + 1) == index + 1)
        }
        #expect(LatencyBuckets.index(ofNanoseconds: 0) == 0)
        #expect(LatencyBuckets.index(ofNanoseconds: .max) == LatencyBuckets.count - 1)
        #expect(LatencyBuckets.count == LatencyBuckets.bounds.count + 1)
    }

    @Test func `a fine bucket holds what lies between its bound and the next, and is at most an eighth wide`() {
        #expect(FineHistogram.index(ofNanoseconds: -5) == 0)
        #expect(FineHistogram.index(ofNanoseconds: .max) == FineHistogram.count - 1)
        for index in 0..<FineHistogram.count - 1 {
            let lower = FineHistogram.lowerBound(of: index)
            let upper = FineHistogram.lowerBound(of: index + 1)
            #expect(FineHistogram.index(ofNanoseconds: Int((lower * 1e9).rounded())) == index)
            #expect(FineHistogram.index(ofNanoseconds: Int((upper * 1e9).rounded()) - 1) == index)
            if index >= 8 { #expect((upper - lower) / lower <= 0.1251) }
        }
    }

    @Test func `quantiles are within a bucket of the truth`() throws {
        var fine = [Int](repeating: 0, count: FineHistogram.count)
        var coarse = [Int](repeating: 0, count: LatencyBuckets.count)
        for milliseconds in 1...1000 {
            fine[FineHistogram.index(ofNanoseconds: milliseconds * 1_000_000)] += 1
            coarse[LatencyBuckets.index(ofNanoseconds: milliseconds * 1_000_000)] += 1
        }
        for (quantile, truth) in [(0.5, 0.5), (0.95, 0.95), (0.99, 0.99)] {
            #expect(abs(try #require(FineHistogram.quantile(quantile, of: fine)) - truth) < truth / 8)
            #expect(abs(try #require(LatencyBuckets.quantile(quantile, of: coarse)) - truth) < 0.03)
        }
        #expect(FineHistogram.quantile(0.5, of: [0, 0]) == nil)
        #expect(LatencyBuckets.quantile(0.5, of: [0, 0]) == nil)
    }

    @Test func `what is beyond the last bound is told as that bound`() {
        var counts = [Int](repeating: 0, count: LatencyBuckets.count)
        counts[LatencyBuckets.count - 1] = 3
        #expect(LatencyBuckets.quantile(0.5, of: counts) == 30)
    }
}
