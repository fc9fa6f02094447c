// What `/metrics` tells of each target: health, breaker, requests, connections.
import PorticoConfig
import PorticoCore
import PorticoProxy
import PorticoTelemetry
import PorticoUpstream

struct TargetMetrics {
    private let rows: [(status: TargetStatus, tally: ConnectionTally, labels: MetricLabels)]

    init(_ states: ArraySlice<TargetState>, _ tallies: [ObjectIdentifier: ConnectionTally]) {
        rows = states.map { state in
            (
                state.status(), tallies[ObjectIdentifier(state)] ?? ConnectionTally(),
                MetricLabels("route", state.identity.route).with("target", state.identity.id)
            )
        }
    }

    func write(to text: inout PrometheusText) {
        writeStanding(&text)
        writeRequests(&text)
        writeConnections(&text)
        writeBreakers(&text)
    }

    private func writeStanding(_ text: inout PrometheusText) {
        text.family("portico_target_available", .gauge, "Whether the target takes requests now.")
        for row in rows { text.sample(row.labels, row.status.standing.isDisjoint(with: .barred)) }
        text.family("portico_target_up", .gauge, "0 where its health check has marked it down.")
        for row in rows { text.sample(row.labels, row.status.health != .down) }
        text.family("portico_target_enabled", .gauge, "0 where it was disabled or is being drained.")
        for row in rows { text.sample(row.labels, row.status.mode == .enabled) }
        text.family("portico_target_checks_total", .counter, "Health checks made.")
        for row in rows { text.sample(row.labels, row.status.checks) }
        text.family("portico_target_health_changes_total", .counter, "How often its health changed.")
        for row in rows { text.sample(row.labels, row.status.healthChanges) }
    }

    private func writeRequests(_ text: inout PrometheusText) {
        text.family(
            "portico_target_requests_total", .counter, "What its requests came to, attempts counted one by one.")
        for row in rows {
            text.sample(row.labels.with("outcome", "success"), row.status.successes)
            text.sample(row.labels.with("outcome", "failure"), row.status.failures)
        }
        text.family(
            "portico_target_requests_in_flight", .gauge, "Requests that it has now, upgraded connections included.")
        for row in rows { text.sample(row.labels, row.status.inFlight) }
        text.family("portico_target_latency_seconds", .gauge, "Its usual time to a response head: a moving mean.")
        for row in rows { text.sample(row.labels, Double(row.status.latency.nanoseconds) / 1e9) }
    }

    private func writeConnections(_ text: inout PrometheusText) {
        text.family("portico_target_connections", .gauge, "Connections to it, by what they do.")
        for row in rows {
            text.sample(row.labels.with("state", "busy"), row.tally.open - row.tally.idle)
            text.sample(row.labels.with("state", "idle"), row.tally.idle)
        }
    }

    private func writeBreakers(_ text: inout PrometheusText) {
        text.family("portico_breaker_state", .gauge, "Its circuit breaker: 0 closed, 1 half open, 2 open.")
        for row in rows { if let breaker = row.status.breaker { text.sample(row.labels, breaker.state.number) } }
        text.family("portico_breaker_openings_total", .counter, "How often its circuit breaker opened.")
        for row in rows { if let breaker = row.status.breaker { text.sample(row.labels, breaker.openings) } }
    }
}

extension CircuitBreaker.State {
    fileprivate var number: Int {
        switch self {
        case .closed: 0
        case .halfOpen: 1
        case .open: 2
        }
    }
}
