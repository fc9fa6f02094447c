// What becomes of a change of a target: a line in the log, and a clock for an open breaker.
import Logging
import PorticoCore
import PorticoUpstream

struct TargetChanges: Sendable {
    private let logger: Logger
    private let watch: TargetWatch

    init(_ logger: Logger, watch: TargetWatch) {
        self.logger = logger
        self.watch = watch
    }

    func note(_ event: TargetEvent) {
        if let until = event.retryAt { watch.noteOpened(event.state, until: until) }
        let identity = event.state.identity
        logger.log(
            level: event.isBad ? .warning : .notice, event.message,
            metadata: [
                "target": "\(identity.id)", "route": "\(identity.route)", "from": "\(event.from)", "to": "\(event.to)",
                "reason": "\(event.reason)",
            ])
    }
}

extension TargetEvent {
    fileprivate var message: Logger.Message {
        switch kind {
        case .mode: "target mode changed"
        case .health: "target health changed"
        case .breaker: "circuit breaker changed"
        }
    }

    /// Whether a target is lost by it.
    fileprivate var isBad: Bool { (kind == .health && to == "down") || (kind == .breaker && to == "open") }
}
