// The target with the fewest requests for its weight; among equals, the one whose turn was longest ago. An upgraded
// connection counts as long as it lasts.

package struct LeastConnections: BalancingPolicy {
    private var busy: IndexedHeap

    package init(_ loads: [TargetLoad], startingAt start: Int = 0) {
        busy = IndexedHeap(loads.map(Self.cost), rotatedBy: start)
    }

    /// With one more request.
    private static func cost(_ load: TargetLoad) -> Double { Double(load.inFlight + 1) / Double(load.weight) }

    package mutating func pick() -> Int {
        let picked = busy.first
        busy.update(picked, cost: busy.cost(of: picked))
        return picked
    }

    package mutating func loadChanged(_ slot: Int, _ load: TargetLoad) { busy.update(slot, cost: Self.cost(load)) }
}
