// One application event, ready to be laid out: what the three layouts (JSON, text, terminal) have in common.
import Logging
import PorticoConfig

/// The values of an event with its metadata merged and in a fixed order.
struct LogEventView {
    let unixNanoseconds: Int64
    let level: Logger.Level
    let logger: String
    let message: String
    /// Sorted by key, so that lines of one kind look alike.
    private(set) var metadata: [(key: String, value: Logger.Metadata.Value)]

    /// What a line may take at most; metadata beyond it is left out and `truncated` says so.
    static let longestLine = 60 << 10
    static let longestValue = 8 << 10
    static let deepestValue = 6

    init(
        unixNanoseconds: Int64, level: Logger.Level, logger: String, message: String, metadata: Logger.Metadata
    ) {
        self.unixNanoseconds = unixNanoseconds
        self.level = level
        self.logger = logger
        self.message = message
        self.metadata = metadata.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Without the values of fields that are secret by their names.
    func redacted(by redaction: Redaction) -> LogEventView {
        var event = self
        event.metadata = metadata.map { ($0.key, Self.redacted($0.key, $0.value, by: redaction, depth: 0)) }
        return event
    }

    private static func redacted(
        _ key: String, _ value: Logger.Metadata.Value, by redaction: Redaction, depth: Int
    ) -> Logger.Metadata.Value {
        if redaction.covers(key) { return .string(Redaction.mark.description) }
        switch value {
        case .dictionary(let inner) where depth < deepestValue:
            return .dictionary(
                Dictionary(
                    uniqueKeysWithValues: inner.map { ($0, redacted($0, $1, by: redaction, depth: depth + 1)) }))
        case .array(let inner) where depth < deepestValue:
            return .array(inner.map { redacted("", $0, by: redaction, depth: depth + 1) })
        default: return value
        }
    }
}

extension Logger.Level {
    init(_ level: LogLevel) {
        switch level {
        case .trace: self = .trace
        case .debug: self = .debug
        case .info: self = .info
        case .notice: self = .notice
        case .warning: self = .warning
        case .error: self = .error
        case .critical: self = .critical
        }
    }
}
