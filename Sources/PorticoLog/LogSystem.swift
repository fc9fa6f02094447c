// The log as the rest of Portico sees it: started from the settings, handed out, shut down.
import Glibc
package import Logging
package import PorticoConfig

/// Everything that is logged goes through here: access lines from the event loops, events from swift-log.
///
///     event loop -> AccessLineBuffer --chunk--.
///     event loop -> AccessLineBuffer --chunk--+-> LogWriter (queue, one thread) -> FileSink, ConsoleSink
///     any thread -> PorticoLogHandler --line--'
///
/// It owns the writer and knows the settings. It does not install itself as swift-log's global backend (the program may,
/// with `handler(label:)`), handles no signals and schedules nothing: whoever owns the loops calls
/// `AccessLineBuffer.handOver()`, and whoever owns the process calls `writer.reopen()` and `shutdown()`.
package final class LogSystem: Sendable {
    package let writer: LogWriter
    private let archive: LogArchive?
    private let settings: LoggingSettings
    private let layout: LogLayout
    private let threshold: LogThreshold

    package enum StartError: Error, Sendable, Equatable {
        /// The system gives no thread to write with.
        case noThread
    }

    /// Opens the log file and starts the writer. `name` fills `{name}` in file names.
    ///
    /// A folder or file that cannot be made is told on standard error and does not stop the start: the log goes to the
    /// console, and the file is tried again every second.
    package static func start(settings: LoggingSettings, name: String) throws(StartError) -> LogSystem {
        var toConsole = settings.outputMode != .file
        var file: FileSink?
        var archive: LogArchive?
        if settings.outputMode != .console {
            archive = settings.compressRotatedLogs ? LogArchive() : nil
            let sink = FileSink(
                directory: settings.directory,
                name: LogFileName(
                    pattern: settings.filePattern, name: name, host: hostName(), processID: getpid()),
                limits: FileSink.Limits(settings), archive: archive)
            if sink.open() != nil { toConsole = true }
            file = sink
        }
        let console = toConsole ? ConsoleSink() : nil
        guard let writer = LogWriter(sinks: LogSinks(file: file, console: console)) else { throw .noThread }
        let terminal = ConsoleSink.isTerminal()
        let layout = LogLayout(
            format: settings.format, toFile: file != nil, toConsole: toConsole, terminal: terminal,
            coloured: terminal && getenv("NO_COLOR") == nil)
        return LogSystem(writer: writer, archive: archive, settings: settings, layout: layout)
    }

    private init(writer: LogWriter, archive: LogArchive?, settings: LoggingSettings, layout: LogLayout) {
        self.writer = writer
        self.archive = archive
        self.settings = settings
        self.layout = layout
        threshold = LogThreshold(Logger.Level(settings.level))
    }

    /// The level of another configuration holds from the next line on; the rest of its settings after a restart.
    package func use(_ settings: LoggingSettings) { threshold.use(Logger.Level(settings.level)) }

    /// The file that is written to now; nil where the log goes to the console alone.
    package var currentFile: String? { writer.currentFile }

    /// A buffer for one event loop; nil where the access log is off.
    package func makeAccessBuffer() -> AccessLineBuffer? {
        settings.accessLog ? AccessLineBuffer(writer: writer, format: settings.accessFormat) : nil
    }

    package func handler(label: String) -> PorticoLogHandler {
        PorticoLogHandler(label: label, threshold: threshold, writer: writer, layout: layout)
    }

    package func logger(label: String) -> Logger {
        Logger(label: label) { handler(label: $0) }
    }

    /// Writes what is queued and ends the writer, within `timeout`. Event loops hand their buffers over before.
    @discardableResult
    package func shutdown(timeout: Duration = .seconds(5)) -> Bool {
        defer { archive?.close() }
        return writer.close(timeout: timeout)
    }

    private static func hostName() -> String {
        var bytes = [CChar](repeating: 0, count: 256)
        // The last byte stays zero, whatever gethostname does with a name that is too long.
        guard gethostname(&bytes, bytes.count - 1) == 0 else { return "localhost" }
        return bytes.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } } ?? "localhost"
    }
}

extension FileSink.Limits {
    /// A file that no size ends is still bounded by the budget: a quarter of it, so that some history is left.
    init(_ settings: LoggingSettings) {
        let rule = RotationRule(settings.rotationStrategy)
        let total = max(settings.totalSizeMB, 1) << 20
        let size = rule.bySize ? max(settings.fileSizeMB, 1) << 20 : .max
        self.init(mostBytes: min(size, total / 4), mostRotated: settings.maxRotatedFiles)
        totalBytes = total
        retentionDays = settings.retentionDays
        leastFree = settings.minFreeMB << 20
        mode = settings.fileMode
        self.rule = rule
    }
}
