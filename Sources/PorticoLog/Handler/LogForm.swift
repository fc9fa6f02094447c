// The form of the server's own lines, as the configuration has it now: one for all handlers, replaced by a reload.
import Synchronization

final class LogForm: Sendable {
    private let kept: Mutex<LogLayout>

    init(_ layout: LogLayout) { kept = Mutex(layout) }

    var layout: LogLayout { kept.withLock { $0 } }

    func use(_ layout: LogLayout) { kept.withLock { $0 = layout } }
}
