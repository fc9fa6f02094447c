// A histogram of durations that is fine enough to read quantiles from: eight buckets between a power of two and the next,
// so that a bucket is at most an eighth wide of what it holds. Pure arithmetic; whose durations they are is not its business.

enum FineHistogram {
    /// From below one microsecond to 67 seconds; what is longer counts as the last.
    static let count = 200

    /// In units of 1,024 ns.
    @inline(__always)
    static func index(ofNanoseconds duration: Int) -> Int {
        let units = UInt(bitPattern: max(0, duration)) >> 10
        guard units >= 8 else { return Int(units) }
        let shift = 60 - units.leadingZeroBitCount
        return min(count - 1, (shift + 1) << 3 | Int(units >> UInt(shift)) & 7)
    }

    /// In seconds.
    static func lowerBound(of index: Int) -> Double {
        let units = index < 8 ? Double(index) : Double((8 + index & 7) << (index >> 3 - 1))
        return units * 1024 / 1_000_000_000
    }

    static func quantile(_ quantile: Double, of counts: [Int]) -> Double? {
        Quantile.read(quantile, of: counts, lowerBound: lowerBound)
    }
}
