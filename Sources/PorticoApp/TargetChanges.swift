// What becomes of a change or a failure of a target: a line in the log, and a clock for an open breaker.
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
        var metadata: Logger.Metadata = ["target": "\(identity.id)", "route": "\(identity.route)"]
        if event.kind == .failure {
            metadata["error"] = "\(event.reason)"
        } else {
            metadata["from"] = "\(event.from)"
            metadata["to"] = "\(event.to)"
            metadata["reason"] = "\(event.reason)"
        }
        logger.log(level: event.isBad ? .warning : .notice, event.message, metadata: metadata)
    }
}

extension TargetEvent {
    fileprivate var message: Logger.Message {
        switch kind {
        case .mode: "target mode changed"
        case .health: "target health changed"
        case .breaker: "circuit breaker changed"
        case .failure: "target failed"
        }
    }

    /// Whether a target is lost by it, or a request.
    fileprivate var isBad: Bool {
        switch kind {
        case .mode: false
        case .health: to == "down"
        case .breaker: to == "open"
        case .failure: true
        }
    }
}
