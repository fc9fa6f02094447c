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

/// `health_check`: how a target is asked whether it is well. A route without the key asks nothing.
package struct HealthCheckSettings: Sendable, Equatable {
    package var enabled = true
    package var type = HealthCheckType.http
    package var path = "/"
    package var method = "GET"
    package var headers: [FieldSetting] = []
    /// Nil: the target's.
    package var port: Int?
    /// Nil: the route's `health_interval`.
    package var interval: Duration?
    package var timeout = Duration.seconds(5)
    /// Passed checks in a row that bring a target up.
    package var healthyThreshold = 2
    /// Failed checks in a row that take it down.
    package var unhealthyThreshold = 3
    package var expectStatus: [StatusRange] = [StatusRange(200...399)]
    /// Must occur in the body; empty: whatever it is.
    package var expectBody = ""
    /// Asked about by gRPC checks; empty: the server as a whole.
    package var service = ""

    package init() {}
}

package enum HealthCheckType: String, Sendable, CaseIterable {
    case http, tcp, websocket, grpc
}

/// `200`, or `"200-299"`.
package struct StatusRange: Sendable, Hashable {
    package var codes: ClosedRange<Int>

    package init(_ codes: ClosedRange<Int>) { self.codes = codes }
}

/// A header field that the configuration names.
package struct FieldSetting: Sendable, Hashable {
    package var name: String
    package var value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// `[proxy.fallback]`: the answer where no target gave one.
package struct FallbackSettings: Sendable, Equatable {
    package var status = 503
    package var body = ""
    /// Absolute; its contents are the body.
    package var file = ""
    package var headers: [FieldSetting] = []

    package init() {}
}
