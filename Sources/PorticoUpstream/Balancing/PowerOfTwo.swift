// Two targets at random, and of these the one with fewer requests for its weight: nearly as even as looking at all of them,
// and loops that know only their own requests do not all run to the same one.

package struct PowerOfTwo: BalancingPolicy {
    private var choice: RandomChoice
    private var busy: [Double]

    package init(_ loads: [TargetLoad], random: LoopRandom = LoopRandom()) {
        choice = RandomChoice(weights: loads.map(\.weight), random: random)
        busy = loads.map(Self.cost)
    }

    private static func cost(_ load: TargetLoad) -> Double { Double(load.inFlight + 1) / Double(load.weight) }

    package mutating func pick() -> Int {
        let (one, other) = (choice.pick(), choice.pick())
        return busy[other] < busy[one] ? other : one
    }

    package mutating func loadChanged(_ slot: Int, _ load: TargetLoad) { busy[slot] = Self.cost(load) }
}
