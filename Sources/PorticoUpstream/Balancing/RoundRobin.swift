// Round robin over the enabled targets. Pure: the caller keeps the value, one per event loop and route.

package struct RoundRobin: Sendable {
    private var next: Int
    private let count: Int

    /// Starting at different places keeps several event loops from marching in step.
    package init(count: Int, startingAt start: Int = 0) {
        self.count = count
        next = count == 0 ? 0 : start % count
    }

    /// The index of the target whose turn it is; nil where there is none.
    package mutating func pick() -> Int? {
        guard count > 0 else { return nil }
        let picked = next
        next = picked + 1 == count ? 0 : picked + 1
        return picked
    }

    /// The target to try after `index` failed, `tries` targets having been tried; nil when all were.
    package func alternative(to index: Int, afterTries tries: Int) -> Int? {
        tries < count ? (index + 1) % count : nil
    }
}
