// Random numbers for balancing and jitter: fast, one generator per user, nothing that a stranger must not guess (SplitMix64).

package struct LoopRandom: Sendable {
    private var state: UInt64

    package init(seed: UInt64 = .random(in: 0 ... .max)) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return LoopRandom.mixed(state)
    }

    /// A number from 0 up to and not including `bound`, which is above 0.
    package mutating func below(_ bound: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// From 0 up to and not including 1.
    package mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Spreads every bit over all others.
    static func mixed(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
