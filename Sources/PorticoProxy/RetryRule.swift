// When a failed attempt may be made again. Pure: the whole rule is this file. Whether anything was sent is said where an
// error arises; whether the budget has room, and whether there is another target, is asked afterwards.
import PorticoConfig
import PorticoCore

struct RetryRule: Sendable {
    enum Decision: Equatable {
        case giveUp
        /// The same target over a fresh connection, beyond all limits: the old one may have died before it saw the request.
        case freshConnection
        case anotherTarget
    }

    /// Where a request stands. Nothing of an answer has reached the client.
    struct Standing {
        /// The method is idempotent, and the body, if any, is still at hand in full.
        var isReplayable: Bool
        /// The body, if any, is; whatever the method.
        var isAtHand = false
        /// A fresh connection was tried already.
        var hasReplayed = false
        /// Retries so far.
        var retries = 0
    }

    let attempts: Int
    private let triggers: Set<RetryTrigger>

    init(_ settings: RetrySettings) {
        attempts = settings.attempts
        triggers = Set(settings.on)
    }

    func decide(_ error: PorticoError, _ standing: Standing) -> Decision {
        if error.retry == .onlyIfReused, standing.isReplayable, !standing.hasReplayed { return .freshConnection }
        // Nobody has seen it.
        let isUntouched = error.retry == .untouched && standing.isAtHand
        if isUntouched, !standing.hasReplayed { return .freshConnection }
        // Nothing was sent: any method may go elsewhere.
        guard error.retry == .yes || isUntouched || standing.isReplayable, standing.retries < attempts,
            let trigger = Self.trigger(error.kind), triggers.contains(trigger)
        else { return .giveUp }
        return .anotherTarget
    }

    /// Whether the backend's answer is to be asked of another one.
    func retries(status: Int, _ standing: Standing) -> Bool {
        guard status >= 502, status <= 504, standing.isReplayable, standing.retries < attempts else { return false }
        switch status {
        case 502: return triggers.contains(.badGateway)
        case 503: return triggers.contains(.unavailable)
        default: return triggers.contains(.gatewayTimeout)
        }
    }

    private static func trigger(_ kind: PorticoError.Kind) -> RetryTrigger? {
        switch kind {
        case .connectRefused, .connectTimeout, .resolveFailed, .tlsFailed: .connect
        // Before the answer's head is complete, both mean that the backend closed.
        case .connectionReset, .truncatedBody: .reset
        case .headTimeout: .timeout
        default: nil
        }
    }

    /// The wait before a retry: at random within a bound that doubles, so that clients of one backend do not come back as
    /// one crowd.
    static func pause(before retry: Int, luck: Double) -> Interval {
        let bound = min(25 << min(retry, 8), 400)
        return Interval(nanoseconds: Int64(luck * Double(bound) * 1_000_000))
    }
}

extension PorticoError {
    /// What the client is told when no attempt is left.
    var gatewayAnswer: (status: Int, message: String) {
        switch kind {
        case .noTarget: (503, "No backend is available for this path.")
        case .queueFull, .queueTimeout: (503, "The backends have as many requests as they can take.")
        case .connectTimeout: (504, "The backend did not accept a connection in time.")
        case .headTimeout, .idleTimeout: (504, "The backend did not answer in time.")
        case .connectRefused, .resolveFailed: (502, "The backend cannot be reached.")
        case .tlsFailed: (502, "The backend cannot be reached over a trusted connection.")
        case .connectionReset, .truncatedBody: (502, "The backend closed the connection before it answered.")
        default: (502, "The backend's answer was not valid.")
        }
    }
}
