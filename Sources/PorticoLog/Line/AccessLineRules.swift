// What access lines hold and which are written, compiled from the settings once.
import PorticoConfig

struct AccessLineRules: Sendable {
    let format: AccessFormat
    var hasIDs = true
    var hasPhases = true
    var redaction = Redaction()
    var threshold = LogThreshold(.trace)

    init(_ format: AccessFormat) { self.format = format }

    init(_ settings: LoggingSettings, threshold: LogThreshold) {
        format = settings.accessLineFormat
        hasIDs = settings.enableRequestIDs
        hasPhases = settings.enablePerformanceMetrics
        redaction = Redaction(settings.redact)
        self.threshold = threshold
    }
}
