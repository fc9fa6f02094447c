// What guards the targets of a route: `[proxy.circuit_breaker]`, `health_check` and `[proxy.fallback]`.

/// `[proxy.circuit_breaker]`. A route without the section has no breaker; the section alone switches it on.
package struct CircuitBreakerSettings: Sendable, Equatable {
    package var enabled = true
    /// Failures in a row that open it.
    package var failureThreshold = 5
    /// The share of failures in the window that opens it, once `minimumRequests` were seen.
    package var failureRateThreshold = 0.5
    package var minimumRequests = 10
    package var windowDuration = Duration.seconds(60)
    /// Open for so long, then probes.
    package var timeoutDuration = Duration.seconds(30)
    /// Probes in a row that close it.
    package var successThreshold = 3
    /// Probes at a time.
    package var halfOpenMaxRequests = 1

    package init() {}
}
