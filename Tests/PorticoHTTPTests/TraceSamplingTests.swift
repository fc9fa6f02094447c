// Which requests are sampled, and what a sampled one notes of its attempts.
import PorticoCore
import PorticoHTTP
import Testing

@Suite struct TraceSamplingTests {
    /// Ids of one loop count upwards: no run of them may be taken or left as one.
    private static let ids = (1...20_000).map { RequestID(value: 0x6F1C_2A9D_0000_0000 + UInt64($0)) }

    @Test(arguments: [0.0, 0.01, 0.25, 0.5, 1.0])
    func `the ratio of what is taken is the one that was asked for`(ratio: Double) {
        let sampling = TraceSampling(ratio: ratio)
        let taken = Self.ids.count { sampling.takes($0) }
        let expected = ratio * Double(Self.ids.count)
        #expect(abs(Double(taken) - expected) <= 5 * (expected * (1 - ratio)).squareRoot())
    }

    @Test func `a larger ratio takes all that a smaller one does`() {
        let (less, more) = (TraceSampling(ratio: 0.1), TraceSampling(ratio: 0.2))
        #expect(Self.ids.allSatisfy { !less.takes($0) || more.takes($0) })
    }

    @Test func `derived ids are others, and each number gives its own`() {
        let id = RequestID(value: 7)
        let derived = (0..<100).map { id.derived($0).value }
        #expect(Set(derived + [7]).count == 101)
        #expect(id.derived(3) == RequestID(value: 7).derived(3))
    }
}
