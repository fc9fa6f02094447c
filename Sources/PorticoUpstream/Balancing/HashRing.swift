// Consistent hashing: each target owns many points on a ring, a key belongs to the next point. A target that comes or goes
// moves only the keys that it gets or had; one that takes no requests just now passes its keys on to the next of the ring.
// Immutable, made once per configuration and shared by all loops; the same in every process that has the same targets.

package struct HashRing: Sendable {
    private struct Point {
        let hash: UInt64
        let target: Int32
    }

    private let points: [Point]

    private static let pointsPerTarget = 256
    private static let mostPoints = 1 << 16
    private static let longestWalk = 1024

    /// The names decide where the points lie: a target that keeps its name keeps its keys.
    package init(names: [String], weights: [Int]) {
        // Whole powers of two: what comes or goes halves everybody's points once in a while, and moves nothing otherwise.
        let total = Self.pointsPerTarget * weights.reduce(0, +)
        var shift = 0
        while total >> shift > Self.mostPoints { shift += 1 }
        var points: [Point] = []
        points.reserveCapacity(total >> shift)
        for (index, name) in names.enumerated() {
            let base = Array(name.utf8).withUnsafeBytes(Self.hash)
            for number in 0..<max(1, (Self.pointsPerTarget * weights[index]) >> shift) {
                let hash = LoopRandom.mixed(base &+ UInt64(number) &* 0x9E37_79B9_7F4A_7C15)
                points.append(Point(hash: hash, target: Int32(index)))
            }
        }
        self.points = points.sorted { ($0.hash, $0.target) < ($1.hash, $1.target) }
    }

    /// The first target from the key's place on that `takes` accepts; nil where none does within a bounded walk.
    package func pick(_ key: UInt64, where takes: (Int) -> Bool) -> Int? {
        guard !points.isEmpty else { return nil }
        var place = firstPoint(from: key)
        var last = -1
        for _ in 0..<min(points.count, Self.longestWalk) {
            let target = Int(points[place].target)
            if target != last, takes(target) { return target }
            last = target
            place = place + 1 == points.count ? 0 : place + 1
        }
        return nil
    }

    private func firstPoint(from key: UInt64) -> Int {
        var (low, high) = (0, points.count)
        while low < high {
            let middle = (low + high) / 2
            if points[middle].hash < key { low = middle + 1 } else { high = middle }
        }
        return low == points.count ? 0 : low
    }

    /// The place of a key on the ring: FNV-1a, with its bits spread.
    package static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return LoopRandom.mixed(hash)
    }
}
