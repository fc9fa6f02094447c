// Whose keys are whose, and how few of them move.
import Testing

@testable import PorticoUpstream

@Suite struct HashRingTests {
    private func key(_ number: Int) -> UInt64 { Array("user-\(number)".utf8).withUnsafeBytes(HashRing.hash) }

    private func ring(_ count: Int, weights: [Int]? = nil) -> HashRing {
        HashRing(names: (0..<count).map { "target-\($0)" }, weights: weights ?? [Int](repeating: 1, count: count))
    }

    private func owners(_ ring: HashRing, _ keys: Int, where takes: (Int) -> Bool = { _ in true }) -> [Int] {
        (0..<keys).map { ring.pick(key($0), where: takes) ?? -1 }
    }

    @Test(arguments: [1, 2, 3, 10, 100])
    func `keys spread evenly over targets`(count: Int) {
        var counts = [Int](repeating: 0, count: count)
        for owner in owners(ring(count), 20_000) { counts[owner] += 1 }
        let mean = 20_000 / count
        // A ring of 256 points each is even to some 6 %; the smallest of many lies further out, and so does chance.
        #expect(counts.allSatisfy { $0 > mean * 6 / 10 && $0 < mean * 14 / 10 }, "\(counts)")
    }

    @Test func `keys follow weights`() {
        var counts = [0, 0, 0]
        for owner in owners(ring(3, weights: [1, 2, 5]), 40_000) { counts[owner] += 1 }
        for (count, expected) in zip(counts, [5_000, 10_000, 25_000]) {
            #expect(abs(count - expected) < expected / 5, "\(counts)")
        }
    }

    @Test func `a key always has the same target, in every process`() {
        #expect(owners(ring(5), 1_000) == owners(ring(5), 1_000))
        #expect(owners(ring(5), 8) == HashRingTests.pinned)
    }

    /// Owners of the first keys, written down: another version must not send clients elsewhere.
    private static let pinned = [3, 0, 4, 1, 0, 4, 0, 1]

    @Test func `a target that takes no requests loses its keys alone`() {
        let ring = ring(10)
        let before = owners(ring, 10_000)
        let after = owners(ring, 10_000) { $0 != 3 }
        for (old, new) in zip(before, after) where old != 3 { #expect(old == new) }
        #expect(Set(after).count == 9, "its keys go to all others")
    }

    @Test func `a target that is added takes only what becomes its own`() {
        let before = owners(ring(10), 10_000)
        let after = owners(ring(11), 10_000)
        let moved = zip(before, after).filter { $0 != $1 }
        #expect(moved.allSatisfy { $1 == 10 })
        #expect((400...1_500).contains(moved.count), "\(moved.count)")
    }

    @Test(arguments: [([1, 1, 2], 1), ([1, 1, 1], 10), ([3, 7], 2)])
    func `so does one with another weight than the others`(weights: [Int], added: Int) {
        let before = owners(ring(weights.count, weights: weights), 10_000)
        let after = owners(ring(weights.count + 1, weights: weights + [added]), 10_000)
        #expect(zip(before, after).allSatisfy { $0 == $1 || $1 == weights.count })
    }

    @Test func `many and heavy targets have a bounded ring that follows weights`() {
        let weights = (0..<1000).map { $0 % 2 == 0 ? 100 : 300 }
        let heavy = owners(ring(1000, weights: weights), 20_000).count { $0 % 2 == 1 }
        #expect((14_000...16_000).contains(heavy), "\(heavy)")
    }

    @Test func `no target, or none that takes requests, is nobody`() {
        #expect(ring(0).pick(1) { _ in true } == nil)
        #expect(ring(3).pick(1) { _ in false } == nil)
    }
}
