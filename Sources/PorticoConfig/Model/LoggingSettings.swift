// `[logging]`: what is written where, and how much of it is kept.

package struct LoggingSettings: Sendable, Equatable {
    package var level = LogLevel.info
    package var levels: [LogModule: LogLevel] = [:]
    /// Absolute.
    package var directory = "./logs"
    package var format = LogFormat.json
    package var outputMode = LogOutput.both
    /// `{date}`, `{pid}`, `{hostname}` and `{name}` are filled in when a file is opened.
    package var filePattern = "portico-{date}.log"
    package var fileSizeMB = 1
    package var rotationStrategy = RotationStrategy.size
    package var compressRotatedLogs = true
    package var maxRotatedFiles = 10
    package var retentionDays = 30
    /// All log files together; the oldest go first.
    package var totalSizeMB = 256
    /// With less free disk nothing is written.
    package var minFreeMB = 64
    /// The permission bits of log files.
    package var fileMode = 0o640
    package var structuredLogging = true
    package var enableRequestIDs = true
    package var enablePerformanceMetrics = true
    package var accessLog = true
    package var accessFormat = AccessFormat.json
    /// In lower case.
    package var redact = ["authorization", "cookie", "set-cookie", "x-api-key"]

    package init() {}

    /// What holds once `structuredLogging` is asked.
    package var lineFormat: LogFormat { structuredLogging ? format : .text }
    package var accessLineFormat: AccessFormat { structuredLogging ? accessFormat : .combined }
}

package enum LogLevel: String, Sendable, CaseIterable, Comparable {
    case trace, debug, info, notice, warning, error, critical

    package var rank: Int {
        switch self {
        case .trace: 0
        case .debug: 1
        case .info: 2
        case .notice: 3
        case .warning: 4
        case .error: 5
        case .critical: 6
        }
    }

    package static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }
}

/// Whose lines have a level of their own: `access` is the requests', the others are the loggers `portico` and
/// `portico.<name>`.
package enum LogModule: String, Sendable, CaseIterable {
    case access, admin, portico, proxy, reload, server

    /// Of a logger's label; nil for one without a level of its own.
    package init?(label: String) {
        self.init(rawValue: label.hasPrefix("portico.") ? String(label.dropFirst(8)) : label)
    }
}

package enum LogFormat: String, Sendable, CaseIterable {
    case json, logfmt, text
}

package enum AccessFormat: String, Sendable, CaseIterable {
    case json, common, combined, logfmt
}

package enum LogOutput: String, Sendable, CaseIterable {
    case both, file, console
}

package enum RotationStrategy: String, Sendable, CaseIterable {
    case size, daily, hourly
    case sizeAndTime = "size_and_time"
}
