// A reload from the operator's side: reads the file again, hands it to the server, and tells what came of it.
import Glibc
import Logging
package import PorticoConfig
import PorticoHTTP
import Synchronization

package final class Reload: Sendable {
    private let loaded: Mutex<LoadedConfiguration>
    private let server: RunningServer
    private let manager: ServiceManager
    private let logger: Logger

    init(_ loaded: LoadedConfiguration, server: RunningServer, manager: ServiceManager, logger: Logger) {
        self.manager = manager
        self.loaded = Mutex(loaded)
        self.server = server
        self.logger = logger
    }

    /// What runs, and where it comes from.
    var current: LoadedConfiguration { loaded.withLock { $0 } }

    package enum Outcome: Sendable {
        case reloaded(ReloadReport)
        /// Nothing has changed in what runs; what is wrong, line by line, and as faults where it is the file.
        case refused(String, [ConfigFault])
    }

    /// Reads the file that was loaded last; the command line's overrides still hold.
    @discardableResult
    package func run(because reason: String) async -> Outcome {
        manager.tellReloading()
        let outcome = await attempt()
        tell(outcome, reason)
        manager.tellReady(Self.status(outcome))
        return outcome
    }

    private static func status(_ outcome: Outcome) -> String {
        switch outcome {
        case .reloaded: "serving, reloaded"
        case .refused(let reason, _): "serving, the last reload was refused: \(reason)"
        }
    }

    private func attempt() async -> Outcome {
        let old = loaded.withLock { $0 }
        switch ConfigLoader.reload(old) {
        case .refused(let faults):
            return .refused("the configuration has faults", faults.filter { $0.severity == .error })
        case .loaded(let new):
            do {
                let report = try await server.reload(new.configuration)
                loaded.withLock { $0 = new }
                return .reloaded(report)
            } catch ReloadFailure.busy {
                return .refused("another reload is under way", [])
            } catch {
                return .refused("\(error)", [])
            }
        }
    }

    /// Texts are constant, what varies are fields; the faults are told on standard error too, as at start.
    private func tell(_ outcome: Outcome, _ reason: String) {
        switch outcome {
        case .reloaded(let report):
            server.reloads.count(isDone: true)
            logger.notice(
                "configuration reloaded",
                metadata: [
                    "because": "\(reason)", "changed": "\(report.changed.joined(separator: " "))",
                    "after_restart": "\(report.afterRestart.joined(separator: " "))",
                ])
        case .refused(let why, let faults):
            server.reloads.count(isDone: false)
            logger.error(
                "configuration refused, the running one stays", metadata: ["because": "\(reason)", "why": "\(why)"])
            for fault in faults {
                logger.error(
                    "configuration fault",
                    metadata: [
                        "file": "\(fault.file)", "line": "\(fault.line)", "column": "\(fault.column)",
                        "fault": "\(fault.advice)",
                    ])
            }
            let text = Array(("reload refused: \(why)\n" + faults.map { $0.description + "\n" }.joined()).utf8)
            _ = write(STDERR_FILENO, text, text.count)
        }
    }
}
