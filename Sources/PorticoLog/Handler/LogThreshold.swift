// One level below which lines are not written: shared by those who write, changed while they do.
import Logging
import PorticoConfig
import Synchronization

final class LogThreshold: Sendable {
    private let rank: Atomic<Int>

    init(_ level: LogLevel) { rank = Atomic(level.rank) }

    func use(_ level: LogLevel) { rank.store(level.rank, ordering: .relaxed) }

    @inline(__always)
    func admits(_ level: LogLevel) -> Bool { level.rank >= rank.load(ordering: .relaxed) }

    /// Ranks are in the order of the cases, which both sides share.
    var level: Logger.Level { Logger.Level.allCases[rank.load(ordering: .relaxed)] }
}
