// Round robin: each in its turn.

package struct RoundRobin: BalancingPolicy {
    private var next: Int
    private let count: Int

    /// Starting at different places keeps several event loops from marching in step.
    package init(count: Int, startingAt start: Int = 0) {
        self.count = count
        next = count == 0 ? 0 : start % count
    }

    package mutating func pick() -> Int {
        let picked = next
        next = picked + 1 == count ? 0 : picked + 1
        return picked
    }

    package var upcoming: Int? { next }
}
