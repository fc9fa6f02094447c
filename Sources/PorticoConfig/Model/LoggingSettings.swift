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
    package var maxRotatedFiles = 10
    package var accessLog = true

    package init() {}
}

package enum LogLevel: String, Sendable, CaseIterable {
    case trace, debug, info, notice, warning, error, critical
}

package enum LogFormat: String, Sendable, CaseIterable {
    case json, text
}

package enum LogOutput: String, Sendable, CaseIterable {
    case both, file, console
}

package enum RotationStrategy: String, Sendable, CaseIterable {
    case size
}
