// `[logging]`: what is written where, and how much of it is kept.

package struct LoggingSettings: Sendable, Equatable {
    package var level = LogLevel.info
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
    package var accessLog = true
    package var accessFormat = AccessFormat.json

    package init() {}
}

package enum LogLevel: String, Sendable, CaseIterable {
    case trace, debug, info, notice, warning, error, critical
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
