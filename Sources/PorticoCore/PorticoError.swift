// The one error type of the request's way. Configuration faults are not errors but values: PorticoConfig's `ConfigFault`.

/// What went wrong while a request was answered, on whose side, and whether it may be tried again.
package struct PorticoError: Error, Sendable {
    package enum Kind: Sendable {
        case connectRefused, connectTimeout, resolveFailed, tlsFailed
        case headTimeout, idleTimeout, connectionReset, invalidResponse, truncatedBody
        case noTarget, queueFull, queueTimeout
        case clientGone, clientTimeout, bodyTooLarge, malformedBody
        case fileChanged

        /// The `reason` of the access line.
        package var reason: EndReason {
            switch self {
            case .connectRefused: .connectRefused
            case .connectTimeout: .connectTimeout
            case .resolveFailed: .resolveFailed
            case .tlsFailed: .tlsFailed
            case .headTimeout: .headTimeout
            case .idleTimeout: .idleTimeout
            case .connectionReset: .upstreamReset
            case .invalidResponse: .invalidResponse
            case .truncatedBody: .truncatedBody
            case .noTarget: .noTarget
            case .queueFull: .queueFull
            case .queueTimeout: .queueTimeout
            case .clientGone: .clientGone
            case .clientTimeout: .clientTimeout
            case .bodyTooLarge: .bodyTooLarge
            case .malformedBody: .malformedBody
            case .fileChanged: .fileChanged
            }
        }
    }

    package enum Side: Sendable {
        case client, upstream, `internal`
    }

    /// Whether another try can be made without the risk that the work is done twice.
    package enum Retry: Sendable {
        case yes, no
        /// The connection had been idle: the peer may have closed it before it saw the request.
        case onlyIfReused
        /// It was sent, but the peer never took it, or says that it did not begin with it.
        case untouched
    }

    package let kind: Kind
    package let side: Side
    package let retry: Retry
    /// What the system or the peer said, in its own words; never for the client.
    package let cause: String?

    package init(_ kind: Kind, side: Side, retry: Retry = .no, cause: String? = nil) {
        self.kind = kind
        self.side = side
        self.retry = retry
        self.cause = cause
    }

    /// The reason, and what is known of it, for operators.
    package var account: String {
        guard let cause else { return kind.reason.description }
        return "\(kind.reason.description): \(cause)"
    }
}
