// The level below which events are not written: shared by the handlers, changed while they are in use.
import Logging
import Synchronization

final class LogThreshold: Sendable {
    private let index: Atomic<Int>

    init(_ level: Logger.Level) { index = Atomic(Self.index(level)) }

    func use(_ level: Logger.Level) { index.store(Self.index(level), ordering: .relaxed) }

    var level: Logger.Level { Logger.Level.allCases[index.load(ordering: .relaxed)] }

    private static func index(_ level: Logger.Level) -> Int { Logger.Level.allCases.firstIndex(of: level) ?? 0 }
}
