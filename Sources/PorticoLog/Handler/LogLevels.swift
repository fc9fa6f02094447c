// The level below which lines are not written, for all and for single modules: changed by reloads and by an operator's word
// while they are in use.
import PorticoConfig
import Synchronization

final class LogLevels: Sendable {
    private let common: LogThreshold
    private let own: [LogModule: LogThreshold]
    /// What has a level of its own now.
    private let state: Mutex<State>

    private struct State {
        var level: LogLevel
        var levels: [LogModule: LogLevel]
    }

    init(_ settings: LoggingSettings) {
        common = LogThreshold(settings.level)
        own = Dictionary(uniqueKeysWithValues: LogModule.allCases.map { ($0, LogThreshold(.trace)) })
        state = Mutex(State(level: settings.level, levels: settings.levels))
        state.withLock { spread(&$0) }
    }

    /// Of a logger by its label; one without a module of its own has the common level.
    func threshold(label: String) -> LogThreshold { LogModule(label: label).flatMap { own[$0] } ?? common }

    func threshold(_ module: LogModule) -> LogThreshold { own[module] ?? common }

    func use(_ settings: LoggingSettings) {
        state.withLock {
            $0 = State(level: settings.level, levels: settings.levels)
            spread(&$0)
        }
    }

    /// An operator's word, which holds until the next reload. `module` nil: all that have none of their own.
    func set(_ level: LogLevel, for module: LogModule?) {
        state.withLock {
            if let module { $0.levels[module] = level } else { $0.level = level }
            spread(&$0)
        }
    }

    var current: (level: LogLevel, levels: [LogModule: LogLevel]) { state.withLock { ($0.level, $0.levels) } }

    private func spread(_ state: inout State) {
        common.use(state.level)
        for (module, threshold) in own {
            // A request is news whatever the common level.
            threshold.use(state.levels[module] ?? (module == .access ? .trace : state.level))
        }
    }
}
