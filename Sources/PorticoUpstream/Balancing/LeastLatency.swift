// The target that answers soonest: its usual time to a response head, times the requests it has, for its weight. What is
// known of a target fades while nothing is heard of it, so that a slow one is tried again: ten times slower than the
// others, after about twelve seconds. One never heard of gets one request at a time.
import Glibc

package struct LeastLatency: BalancingPolicy {
    private var order: IndexedHeap

    package init(_ loads: [TargetLoad], startingAt start: Int = 0) {
        order = IndexedHeap(loads.map(Self.cost), rotatedBy: start)
    }

    private static func cost(_ load: TargetLoad) -> Double {
        guard load.latency.value > 0 else { return load.inFlight == 0 ? 0 : Double.greatestFiniteMagnitude }
        return load.latency.fadingOrder + log(Double(load.inFlight + 1) / Double(load.weight))
    }

    package mutating func pick() -> Int {
        let picked = order.first
        order.update(picked, cost: order.cost(of: picked))
        return picked
    }

    package mutating func loadChanged(_ slot: Int, _ load: TargetLoad) { order.update(slot, cost: Self.cost(load)) }
}
