// Which requests without a trace of their own are sampled: decided by their id alone, at their begin (head sampling).
package import PorticoCore

package struct TraceSampling: Sendable {
    /// Of 2^64; `max` is all.
    private let threshold: UInt64

    package init(ratio: Double) {
        threshold = ratio >= 1 ? .max : ratio > 0 ? UInt64(ratio * 0x1p64) : 0
    }

    /// Ids count upwards; what is derived of them is spread evenly.
    package func takes(_ id: RequestID) -> Bool {
        threshold == .max || id.derived(0).value < threshold
    }
}
