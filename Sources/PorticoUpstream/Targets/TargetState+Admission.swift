// Whether a target takes one more request: what a policy's pick is held against where a bit of its standing, or its
// `max_connections`, says that not everything goes.
package import PorticoCore
import Synchronization

extension TargetState {
    /// Takes the request on, counted in flight; nil where it cannot have it. `luck`, from 0 to 1, decides for a target that
    /// is warming up; nil takes it all the same.
    package func admit(index: Int, luck: Double?, now: MonotonicTime) -> TargetPermit? {
        let standing = standing
        guard standing.isDisjoint(with: .barred) else { return nil }
        if standing.contains(.warming), let luck, luck > warmth(now) { return nil }
        guard beginIfRoom() else { return nil }
        var isProbe = false
        if standing.contains(.probing) {
            switch admit(now) {
            case .yes: break
            case .probe: isProbe = true
            case .no:
                giveBack()
                return nil
            }
        }
        if standing.contains(.trial) { change(clear: .trial) }
        return TargetPermit(begun: self, index: index, isProbe: isProbe)
    }

    /// A request that it counts goes elsewhere.
    package func giveBack() { ended(.neutral, latency: nil, now: .now()) }

    // MARK: Slow start

    /// The share of its requests that a target gets which came up a short while ago: a tenth at first.
    func warmth(_ now: MonotonicTime) -> Double {
        let length = slowStart.load(ordering: .relaxed)
        let elapsed = now.nanoseconds - upSince.load(ordering: .relaxed)
        guard length > 0, elapsed < length else {
            change(clear: .warming)
            return 1
        }
        return max(0.1, Double(elapsed) / Double(length))
    }

    // MARK: Suspicion

    /// What one event loop saw of requests that wait.
    struct Witnesses {
        let count: Int
        let at: MonotonicTime
    }

    /// A loop says how many of its requests wait without a sign of life. How many do on all loops, as far as they said of late.
    package func testify(_ count: Int, loop: Int, _ now: MonotonicTime) -> Int {
        witnesses.withLock { seen in
            seen[loop] = Witnesses(count: count, at: now)
            return seen.values.reduce(0) { now - $1.at <= .milliseconds(600) ? $0 + $1.count : $0 }
        }
    }

    /// Others are preferred from now on; now and then one request tries whether it answers again.
    package func suspect(_ now: MonotonicTime) {
        // It may be trusted again at this moment, on another loop: the bit counts.
        let isNew = suspicion.withLock { $0.raise(now) }
        if isNew || !standing.contains(.suspected) { change(set: .suspected, clear: .trial) }
    }

    /// It answered.
    package func trust() {
        guard standing.contains(.suspected) else { return }
        suspicion.withLock { $0.clear() }
        change(clear: [.suspected, .trial])
    }

    /// What time alone changes; called now and then for targets with a standing of any kind.
    package func wake(_ now: MonotonicTime) {
        let standing = standing
        if standing.contains(.suspected), suspicion.withLock({ $0.takeTrial(now) }) { change(set: .trial) }
        if standing.contains(.warming) { _ = warmth(now) }
        if standing.contains(.open) { breakerMayProbe(now) }
    }
}
