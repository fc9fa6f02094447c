// The keys of `health_check`, `[proxy.circuit_breaker]` and `[proxy.fallback]`.
import PorticoCore

extension Schema {
    static let circuitBreaker = SectionSchema(
        CircuitBreakerSettings(),
        [
            SchemaKey("enabled", .boolean, \.enabled, "False switches an inherited breaker off."),
            SchemaKey(
                "failure_threshold", .integer(1...100_000), \.failureThreshold, "Failures in a row that open it."),
            SchemaKey(
                "failure_rate_threshold", .number(0.01...1), \.failureRateThreshold,
                "The share of failures in the window that opens it."),
            SchemaKey(
                "minimum_requests", .integer(1...1_000_000), \.minimumRequests,
                "Requests in the window before their share counts."),
            SchemaKey(
                "window_duration_secs", .seconds(1...86_400), \.windowDuration,
                "The length of the sliding window, in tenths of which it moves."),
            SchemaKey(
                "timeout_duration_secs", .seconds(0.1...86_400), \.timeoutDuration,
                "How long it stays open before requests try the target again."),
            SchemaKey("success_threshold", .integer(1...1_000), \.successThreshold, "Probes in a row that close it."),
            SchemaKey(
                "half_open_max_requests", .integer(1...1_000), \.halfOpenMaxRequests, "Probes at a time."),
        ])

    static let fallback = SectionSchema(
        FallbackSettings(),
        [
            SchemaKey("status", .integer(200...599), \.status, "The status of the answer."),
            SchemaKey(
                "body", .text("a text", allowsEmpty: true), \.body,
                "The body; not together with `file`. Without both: JSON or HTML by `Accept`."),
            SchemaKey("file", .path(allowsEmpty: true), \.file, "A file whose contents are the body, at most 1 MiB."),
            SchemaKey(
                "headers", .fields, \.headers, "Further header fields. `Retry-After` is sent unless it stands here."),
        ])

    static let healthCheck = SectionSchema(
        HealthCheckSettings(),
        [
            SchemaKey("enabled", .boolean, \.enabled, "False switches an inherited check off."),
            SchemaKey("type", .choice(), \.type, "How a target is asked."),
            SchemaKey("path", .requestPath, \.path, "The path that is asked for, below the target's own."),
            SchemaKey("method", .method, \.method, "The method of HTTP checks."),
            SchemaKey(
                "headers", .fields, \.headers, "Further header fields of the request; `Host` replaces the target's."),
            SchemaKey(
                "port", ValueCoder<Int>.integer(1...65_535).optional, \.port, "Another port than the target's."),
            SchemaKey(
                "interval", ValueCoder<Duration>.duration(.milliseconds(100)).optional, \.interval,
                "In place of `health_interval`."),
            SchemaKey("timeout", .limit, \.timeout, "For the whole check."),
            SchemaKey(
                "healthy_threshold", .integer(1...1_000), \.healthyThreshold,
                "Passed checks in a row that bring a target up again."),
            SchemaKey(
                "unhealthy_threshold", .integer(1...1_000), \.unhealthyThreshold,
                "Failed checks in a row that take it down."),
            SchemaKey(
                "expect_status", .oneOrMore(.statusRange), \.expectStatus,
                "The statuses that pass: `200`, `\"200-299\"`, or a list of such."),
            SchemaKey(
                "expect_body", .text("a text", allowsEmpty: true), \.expectBody,
                "A text that the first 64 KiB of the body must hold."),
            SchemaKey(
                "service", .text("a name", allowsEmpty: true), \.service,
                "What gRPC checks ask about; empty: the server as a whole."),
        ])

    /// A path, or a table.
    static let healthCheckKey = SchemaKey<ProxyDraft>(
        name: "health_check",
        doc: "Asks each target whether it is well: a path such as \"/health\", or a table. Not set: nothing is asked.",
        kind: { .textOrTable("a path such as \"/health\"", healthCheck.describe()) },
        read: { node, draft, reading in
            var check = draft.settings.healthCheck ?? healthCheck.defaults
            if case .table = node.value {
                healthCheck.read(node, into: &check, &reading)
            } else {
                guard let path = ValueCoder<String>.requestPath.read(node, &reading) else { return }
                check.path = path
                reading.accept(node, as: "\(node.path).path")
            }
            draft.settings.healthCheck = check
        },
        print: { $0.settings.healthCheck.map { .table(healthCheck.printed($0)) } ?? .value(nil) })
}
