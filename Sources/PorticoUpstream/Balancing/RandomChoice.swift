// Any target, each as likely as its weight says.

package struct RandomChoice: BalancingPolicy {
    private var random: LoopRandom
    /// The sum of the weights up to and including each slot.
    private let sums: [Int]
    private let areEqual: Bool

    package init(weights: [Int], random: LoopRandom = LoopRandom()) {
        self.random = random
        var sum = 0
        sums = weights.map { weight in
            sum += weight
            return sum
        }
        areEqual = Set(weights).count <= 1
    }

    package mutating func pick() -> Int {
        if areEqual { return random.below(sums.count) }
        return slot(at: random.below(sums[sums.count - 1]))
    }

    /// The first slot whose sum is above `point`.
    private func slot(at point: Int) -> Int {
        var (low, high) = (0, sums.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] > point { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
