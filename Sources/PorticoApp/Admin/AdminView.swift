// The parts of the running server that its admin listener looks at.
import PorticoHTTP
import PorticoLog
import PorticoTelemetry
import PorticoUpstream

struct AdminView: Sendable {
    let targets: TargetRegistry
    let connections: ConnectionCount
    let telemetry: Telemetry
    let log: LogSystem
    let reloads: ReloadCounts
    let spans: SpanQueue
    let loops: [SurveyedLoop]
}
