// The bounds of the histograms that `/metrics` shows. Fixed, so that those of all loops and of all servers can be added up.

package enum LatencyBuckets {
    /// Upper bounds in seconds; one bucket more has none.
    package static let bounds: [Double] = [
        0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]

    static let count = 18

    /// The bucket that a duration falls into; a bound belongs to its bucket.
    @inline(__always)
    static func index(ofNanoseconds duration: Int) -> Int {
        // Most answers are in one of the first; the bounds are written out so that nothing has to be loaded.
        if duration <= 1_000_000 {
            if duration <= 100_000 { return 0 }
            if duration <= 250_000 { return 1 }
            return duration <= 500_000 ? 2 : 3
        }
        if duration <= 50_000_000 {
            if duration <= 2_500_000 { return 4 }
            if duration <= 5_000_000 { return 5 }
            if duration <= 10_000_000 { return 6 }
            return duration <= 25_000_000 ? 7 : 8
        }
        return slowIndex(duration)
    }

    private static func slowIndex(_ duration: Int) -> Int {
        if duration <= 100_000_000 { return 9 }
        if duration <= 250_000_000 { return 10 }
        if duration <= 500_000_000 { return 11 }
        if duration <= 1_000_000_000 { return 12 }
        if duration <= 2_500_000_000 { return 13 }
        if duration <= 5_000_000_000 { return 14 }
        if duration <= 10_000_000_000 { return 15 }
        return duration <= 30_000_000_000 ? 16 : 17
    }

    /// What lies beyond the last bound is told as that bound.
    package static func quantile(_ quantile: Double, of counts: [Int]) -> Double? {
        Quantile.read(quantile, of: counts) { $0 == 0 ? 0 : bounds[min($0, bounds.count) - 1] }
    }
}
