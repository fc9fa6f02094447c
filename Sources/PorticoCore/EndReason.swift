// Why a request ended as it did: the closed list behind the `reason` of access lines. Each is told in docs/logs.md, which a
// test holds against this file.

package enum EndReason: UInt8, Sendable, CaseIterable {
    /// It came to its end as it should; the status is the file's, the rule's or the backend's own.
    case ok
    case badRequest, headTooLarge, malformedBody, bodyTooLarge
    case clientGone, clientTimeout
    case notFound, methodNotAllowed, forbidden, preconditionFailed, rangeNotSatisfiable, fileChanged, tooManyFiles
    case noSite, tlsRequired, rewriteInvalid
    case noTarget, queueFull, queueTimeout
    case connectRefused, connectTimeout, resolveFailed, tlsFailed
    case headTimeout, idleTimeout, upstreamReset, truncatedBody, invalidResponse
    case upstreamError
    case serverStopping, targetDraining

    package var text: StaticString {
        switch self {
        case .ok: "ok"
        case .badRequest: "bad_request"
        case .headTooLarge: "head_too_large"
        case .malformedBody: "malformed_body"
        case .bodyTooLarge: "body_too_large"
        case .clientGone: "client_gone"
        case .clientTimeout: "client_timeout"
        case .notFound: "not_found"
        case .methodNotAllowed: "method_not_allowed"
        case .forbidden: "forbidden"
        case .preconditionFailed: "precondition_failed"
        case .rangeNotSatisfiable: "range_not_satisfiable"
        case .fileChanged: "file_changed"
        case .tooManyFiles: "too_many_files"
        case .noSite: "no_site"
        case .tlsRequired: "tls_required"
        case .rewriteInvalid: "rewrite_invalid"
        case .noTarget: "no_target"
        case .queueFull: "queue_full"
        case .queueTimeout: "queue_timeout"
        case .connectRefused: "connect_refused"
        case .connectTimeout: "connect_timeout"
        case .resolveFailed: "resolve_failed"
        case .tlsFailed: "tls_failed"
        case .headTimeout: "head_timeout"
        case .idleTimeout: "idle_timeout"
        case .upstreamReset: "upstream_reset"
        case .truncatedBody: "truncated_body"
        case .invalidResponse: "invalid_response"
        case .upstreamError: "upstream_error"
        case .serverStopping: "server_stopping"
        case .targetDraining: "target_draining"
        }
    }
}

extension EndReason: CustomStringConvertible {
    package var description: String { text.description }
}
