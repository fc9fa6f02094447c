// How reloads went, for those who watch from afar.
import PorticoCore
import Synchronization

final class ReloadCounts: Sendable {
    struct Figures: Sendable {
        var done = 0
        var refused = 0
        /// Of the configuration that runs, in nanoseconds since 1970.
        var loadedAt = WallClock.unixNanoseconds()
    }

    private let counts = Mutex(Figures())

    var figures: Figures { counts.withLock { $0 } }

    func count(isDone: Bool) {
        counts.withLock {
            if isDone {
                $0.done += 1
                $0.loadedAt = WallClock.unixNanoseconds()
            } else {
                $0.refused += 1
            }
        }
    }
}
