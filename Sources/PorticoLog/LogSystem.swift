// The log as the rest of Portico sees it: started from the settings, handed out, shut down.
import Glibc
package import Logging
package import PorticoConfig
import Synchronization

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
    private let levels: LogLevels
    private let form: LogForm
    private let current: Mutex<Current>

    private struct Current: Sendable {
        var settings: LoggingSettings
        var name: String
        /// Made when first needed.
        var archive: LogArchive?
    }

    package enum StartError: Error, Sendable, Equatable {
        /// The system gives no thread to write with.
        case noThread
    }

    /// Opens the log file and starts the writer. `name` fills `{name}` in file names.
    ///
    /// A folder or file that cannot be made is told on standard error and does not stop the start: the log goes to the
    /// console, and the file is tried again every second.
    package static func start(settings: LoggingSettings, name: String) throws(StartError) -> LogSystem {
        let archive = needsArchive(settings) ? LogArchive() : nil
        let file = makeFile(settings, name: name, archive: archive)
        let isOpen = file.map { $0.open() == nil } ?? true
        let layout = LogLayout(settings, forceConsole: !isOpen)
        let console = layout.toConsole ? ConsoleSink() : nil
        guard let writer = LogWriter(sinks: LogSinks(file: file, console: console)) else { throw .noThread }
        return LogSystem(
            writer: writer, Current(settings: settings, name: name, archive: archive), layout: layout)
    }

    private init(writer: LogWriter, _ current: Current, layout: LogLayout) {
        self.writer = writer
        levels = LogLevels(current.settings)
        form = LogForm(layout)
        self.current = Mutex(current)
    }

    private static func needsArchive(_ settings: LoggingSettings) -> Bool {
        settings.compressRotatedLogs && settings.outputMode != .console
    }

    private static func makeFile(_ settings: LoggingSettings, name: String, archive: LogArchive?) -> FileSink? {
        guard settings.outputMode != .console else { return nil }
        return FileSink(
            directory: settings.directory,
            name: LogFileName(
                pattern: settings.filePattern, name: name, host: hostName(), processID: getpid()),
            limits: FileSink.Limits(settings), archive: settings.compressRotatedLogs ? archive : nil)
    }

    // MARK: Changes

    /// Another configuration holds from the next line on; where files change, from the next batch. Access buffers are made
    /// anew by whoever owns them.
    package func use(_ settings: LoggingSettings, name: String) {
        levels.use(settings)
        current.withLock { current in
            guard current.settings != settings || current.name != name else { return }
            if Self.needsArchive(settings), current.archive == nil { current.archive = LogArchive() }
            current.settings = settings
            current.name = name
            let layout = LogLayout(settings, forceConsole: false)
            form.use(layout)
            let file = Self.makeFile(settings, name: name, archive: current.archive)
            writer.replace(with: LogSinks(file: file, console: layout.toConsole ? ConsoleSink() : nil))
        }
    }

    /// The levels as they are now.
    package var currentLevels: (level: LogLevel, levels: [LogModule: LogLevel]) { levels.current }

    /// An operator's word: it holds until the configuration is read again.
    package func setLevel(_ level: LogLevel, for module: LogModule?) { levels.set(level, for: module) }

    /// The file that is written to now; nil where the log goes to the console alone.
    package var currentFile: String? { writer.currentFile }

    /// A buffer for one event loop; nil where the access log is off.
    package func makeAccessBuffer() -> AccessLineBuffer? {
        let settings = current.withLock { $0.settings }
        guard settings.accessLog else { return nil }
        return AccessLineBuffer(
            writer: writer, rules: AccessLineRules(settings, threshold: levels.threshold(.access)))
    }

    package func handler(label: String) -> PorticoLogHandler {
        PorticoLogHandler(label: label, threshold: levels.threshold(label: label), writer: writer, form: form)
    }

    package func logger(label: String) -> Logger {
        Logger(label: label) { handler(label: $0) }
    }

    /// Writes what is queued and ends the writer, within `timeout`. Event loops hand their buffers over before.
    @discardableResult
    package func shutdown(timeout: Duration = .seconds(5)) -> Bool {
        defer { current.withLock { $0.archive }?.close() }
        return writer.close(timeout: timeout)
    }

    static func hostName() -> String {
        var bytes = [CChar](repeating: 0, count: 256)
        // The last byte stays zero, whatever gethostname does with a name that is too long.
        guard gethostname(&bytes, bytes.count - 1) == 0 else { return "localhost" }
        return bytes.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } } ?? "localhost"
    }
}

extension LogLayout {
    /// `forceConsole`: there is no file to write to.
    init(_ settings: LoggingSettings, forceConsole: Bool) {
        let terminal = ConsoleSink.isTerminal()
        self.init(
            format: settings.lineFormat, toFile: settings.outputMode != .console,
            toConsole: settings.outputMode != .file || forceConsole, terminal: terminal,
            coloured: terminal && getenv("NO_COLOR") == nil, redaction: Redaction(settings.redact))
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
