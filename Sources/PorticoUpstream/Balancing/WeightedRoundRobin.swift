// Smooth weighted round robin: in each cycle every target has as many turns as its weight, spread evenly. Each target has a
// due time on a common scale, a step of 1 / weight apart; the earliest is next. A turn costs the logarithm of the number of
// targets, not the number.

package struct WeightedRoundRobin: BalancingPolicy {
    private var due: IndexedHeap
    private let steps: [Double]

    /// `start` shifts the turns among equals, so that several event loops do not march in step.
    package init(weights: [Int], startingAt start: Int = 0) {
        steps = weights.map { 1 / Double($0) }
        // Half a step: all turns of a cycle lie inside it, whatever is lost in rounding.
        due = IndexedHeap(steps.map { $0 / 2 }, rotatedBy: start)
    }

    package mutating func pick() -> Int {
        let picked = due.first
        due.update(picked, cost: due.cost(of: picked) + steps[picked])
        return picked
    }
}
