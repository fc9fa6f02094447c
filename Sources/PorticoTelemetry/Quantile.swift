// Reads quantiles from the counts of a histogram. Which bounds its buckets have is the histogram's part.

enum Quantile {
    /// Seconds at a quantile between 0 and 1, taken as evenly spread within its bucket; nil where nothing was counted. A bucket ends
    /// where the next one begins.
    static func read(_ quantile: Double, of counts: [Int], lowerBound: (Int) -> Double) -> Double? {
        let total = counts.reduce(0, +)
        guard total > 0 else { return nil }
        let rank = max(1, quantile * Double(total))
        var below = 0
        for (index, count) in counts.enumerated() where count > 0 {
            if Double(below + count) >= rank {
                let lower = lowerBound(index)
                return lower + (lowerBound(index + 1) - lower) * (rank - Double(below)) / Double(count)
            }
            below += count
        }
        return nil
    }
}
