// Targets and routes as operators see them: as JSON for scripts, as a table for people.
import PorticoConfig
import PorticoCore
import PorticoUpstream

struct TargetReport {
    let status: TargetStatus
    private let now: MonotonicTime
    private let nextAttempt: MonotonicTime?

    init(_ state: TargetState, now: MonotonicTime) {
        status = state.status()
        nextAttempt = state.nextAttempt(now)
        self.now = now
    }

    var route: String { status.identity.route }

    /// Whether it takes requests now.
    var isAvailable: Bool { status.standing.isDisjoint(with: .barred) }

    var json: JSONText {
        .object([
            ("id", .string(status.identity.id)), ("route", .string(route)), ("url", .string(status.identity.url)),
            ("available", .boolean(isAvailable)), ("mode", .string(status.mode.rawValue)),
            ("health", .string(status.health.rawValue)), ("since_seconds", seconds(since: status.since)),
            ("mode_changes", .integer(status.modeChanges)), ("checks", .integer(status.checks)),
            ("health_changes", .integer(status.healthChanges)),
            ("last_check_failure", text(status.lastCheckFailure)), ("breaker", breaker),
            ("in_flight", .integer(status.inFlight)), ("successes", .integer(status.successes)),
            ("failures", .integer(status.failures)), ("latency_ms", milliseconds(status.latency)),
            ("last_error", text(status.lastError)),
            ("last_error_seconds", status.lastErrorAt.map(seconds(since:)) ?? .null),
        ])
    }

    /// What the status page shows of it.
    var row: JSONText {
        .object([
            ("id", .string(status.identity.id)), ("route", .string(route)), ("url", .string(status.identity.url)),
            ("mode", .string(status.mode.rawValue)), ("health", .string(status.health.rawValue)),
            ("breaker", status.breaker.map { .string($0.state.name.description) } ?? .null),
            ("retry", nextAttempt.map { .number(Self.seconds($0 - now)) } ?? .null),
            ("in_flight", .integer(status.inFlight)), ("successes", .integer(status.successes)),
            ("failures", .integer(status.failures)), ("latency", milliseconds(status.latency)),
            ("fault", text(status.lastCheckFailure ?? status.lastError)),
            (
                "fault_age",
                status.lastCheckFailure == nil ? status.lastErrorAt.map(seconds(since:)) ?? .null : .null
            ),
        ])
    }

    private var breaker: JSONText {
        guard let breaker = status.breaker else { return .null }
        return .object([
            ("state", .string("\(breaker.state.name)")),
            ("consecutive_failures", .integer(breaker.consecutiveFailures)),
            ("openings", .integer(breaker.openings)), ("changes", .integer(breaker.changes)),
            ("since_seconds", breaker.since.map(seconds(since:)) ?? .null),
            ("next_retry_seconds", nextAttempt.map { .number(Self.seconds($0 - now)) } ?? .null),
        ])
    }

    private func text(_ text: String?) -> JSONText { text.map { .string($0) } ?? .null }

    private func seconds(since time: MonotonicTime) -> JSONText { .number(Self.seconds(now - time)) }

    private static func seconds(_ interval: Interval) -> Double {
        (Double(interval.nanoseconds) / 1_000_000).rounded() / 1_000
    }

    private func milliseconds(_ interval: Interval) -> JSONText {
        .number((Double(interval.nanoseconds) / 1_000).rounded() / 1_000)
    }

    static func table(_ reports: [TargetReport]) -> String {
        TextTable.text(
            ["TARGET", "ROUTE", "MODE", "HEALTH", "BREAKER", "RUNNING", "OK", "FAILED", "LATENCY", "LAST ERROR"],
            reports.map { report in
                let status = report.status
                return [
                    status.identity.id, report.route, status.mode.rawValue, status.health.rawValue,
                    status.breaker.map { "\($0.state.name)" } ?? "-", "\(status.inFlight)", "\(status.successes)",
                    "\(status.failures)", report.milliseconds(status.latency).text + " ms",
                    status.lastCheckFailure ?? status.lastError ?? "-",
                ]
            })
    }
}

enum RouteReport {
    static func json(_ route: ProxySettings) -> JSONText {
        .object([
            ("paths", .array(route.paths.map { .string($0.description) })),
            ("hosts", .array(route.hosts.map { .string($0) })),
            ("methods", .array(route.methods.map { .string($0) })),
            ("strategy", .string(route.strategy.rawValue)),
            ("targets", .array(route.targets.map { .string($0.id) })),
            ("health_check", .boolean(route.healthCheck?.enabled ?? false)),
            ("circuit_breaker", .boolean(route.circuitBreaker?.enabled ?? false)),
        ])
    }

    static func table(_ routes: [ProxySettings]) -> String {
        TextTable.text(
            ["PATH", "HOST", "METHODS", "STRATEGY", "TARGETS"],
            routes.map { route in
                [
                    route.paths.map(\.description).joined(separator: ","), dashed(route.hosts.joined(separator: ",")),
                    dashed(route.methods.joined(separator: ",")), route.strategy.rawValue,
                    route.targets.map(\.id).joined(separator: ","),
                ]
            })
    }

    private static func dashed(_ text: String) -> String { text.isEmpty ? "-" : text }
}

/// Columns as wide as their widest cell.
enum TextTable {
    static func text(_ header: [String], _ rows: [[String]]) -> String {
        let all = [header] + rows
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            var line = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
                .joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    static func pairs(_ pairs: [(String, String)]) -> String {
        let width = pairs.map { $0.0.count }.max() ?? 0
        return pairs.map { $0 + String(repeating: " ", count: width - $0.count) + "  " + $1 + "\n" }.joined()
    }
}
