// swift-log's way into the log: events become lines and go to the same writer as the access log.
package import Logging
import PorticoConfig
import PorticoCore

/// The application log. Message texts are constant, what varies stands in the metadata; a line is one event.
///
/// It may be used from any thread: a line is laid out on the caller's thread in memory of its own and queued whole.
/// It decides how a line looks; where and when it is written is `LogWriter`'s part.
package struct PorticoLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let threshold: LogThreshold
    /// Set on one logger, it holds for that one in place of the common level.
    private var ownLevel: Logger.Level?
    private let writer: LogWriter
    private let form: LogForm

    init(label: String, threshold: LogThreshold, writer: LogWriter, form: LogForm) {
        self.label = label
        self.threshold = threshold
        self.writer = writer
        self.form = form
    }

    package var logLevel: Logger.Level {
        get { ownLevel ?? threshold.level }
        set { ownLevel = newValue }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var merged = metadata
        // The more particular wins: the provider's over the handler's, the event's over both.
        if let provided = metadataProvider?.get() { merged.merge(provided) { _, new in new } }
        if let error = event.error { merged["error"] = .string(String(describing: error)) }
        if let own = event.metadata { merged.merge(own) { _, new in new } }
        let view = LogEventView(
            unixNanoseconds: WallClock.unixNanoseconds(), level: event.level, logger: label,
            message: event.message.description, metadata: merged)
        for chunk in form.layout.chunks(for: view) { writer.submit(chunk) }
    }
}
