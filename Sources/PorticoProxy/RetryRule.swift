// When a failed attempt may be made again. Pure: the whole rule is this file; what kind of retry an error allows is said
// where it arises.
import PorticoCore

enum RetryRule {
    enum Decision: Equatable {
        case giveUp
        /// The same target over a fresh connection.
        case freshConnection
        case anotherTarget
    }

    /// `isIdempotent`: the method is. `isAtHand`: the body, if any, is still at hand in full. `hasReplayed`: a fresh
    /// connection was tried already. Nothing has reached the client.
    static func decide(
        _ error: PorticoError, isIdempotent: Bool, isAtHand: Bool, hasReplayed: Bool, hasOtherTarget: Bool
    ) -> Decision {
        switch error.retry {
        // Nothing was sent: any method may go elsewhere.
        case .yes: hasOtherTarget ? .anotherTarget : .giveUp
        case .untouched: isAtHand && !hasReplayed ? .freshConnection : .giveUp
        case .onlyIfReused: isIdempotent && isAtHand && !hasReplayed ? .freshConnection : .giveUp
        case .no: .giveUp
        }
    }
}

extension PorticoError {
    /// What the client is told when no attempt is left.
    var gatewayAnswer: (status: Int, message: String) {
        switch kind {
        case .noTarget: (503, "No backend is available for this path.")
        case .connectTimeout: (504, "The backend did not accept a connection in time.")
        case .headTimeout, .idleTimeout: (504, "The backend did not answer in time.")
        case .connectRefused, .resolveFailed: (502, "The backend cannot be reached.")
        case .tlsFailed: (502, "The backend cannot be reached over a trusted connection.")
        case .connectionReset, .truncatedBody: (502, "The backend closed the connection before it answered.")
        default: (502, "The backend's answer was not valid.")
        }
    }
}
