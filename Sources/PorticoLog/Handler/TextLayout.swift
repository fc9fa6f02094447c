// An application event as a line for eyes: plain in files, coloured on a terminal.
import Logging
import PorticoCore

struct TextLayout {
    /// With ANSI codes and the time of day only: for a terminal, never for a file.
    let coloured: Bool

    func write(_ event: LogEventView, to chunk: LogChunk) {
        if coloured {
            chunk.put("\u{1B}[2m")
            let moment = SplitTime(unixNanoseconds: event.unixNanoseconds)
            chunk.put(room: 8) { $0.timeOfDay(CivilDate(clamping: moment.seconds)) }
            chunk.put("\u{1B}[0m")
        } else {
            chunk.putTimestamp(event.unixNanoseconds)
        }
        chunk.put(" ")
        if coloured { chunk.put(colour(event.level)) }
        chunk.put(word(event.level))
        if coloured { chunk.put("\u{1B}[0m") }
        chunk.put(" ")
        if !coloured {
            chunk.putEscaped(event.logger)
            chunk.put(": ")
        }
        chunk.putEscaped(event.message)
        for (key, value) in event.metadata {
            guard chunk.count < LogEventView.longestLine else {
                chunk.put(" ...")
                break
            }
            put(key, value, to: chunk)
        }
        chunk.endLine()
    }

    private func put(_ key: String, _ value: Logger.Metadata.Value, to chunk: LogChunk) {
        chunk.put(" ")
        if coloured { chunk.put("\u{1B}[2m") }
        chunk.putEscaped(key)
        chunk.put("=")
        if coloured { chunk.put("\u{1B}[0m") }
        LogfmtLayout.putValue(value, to: chunk)
    }

    /// Seven columns wide.
    private func word(_ level: Logger.Level) -> StaticString {
        switch level {
        case .trace: "TRACE  "
        case .debug: "DEBUG  "
        case .info: "INFO   "
        case .notice: "NOTICE "
        case .warning: "WARNING"
        case .error: "ERROR  "
        case .critical: "CRITICAL"
        }
    }

    private func colour(_ level: Logger.Level) -> StaticString {
        switch level {
        case .trace, .debug: "\u{1B}[2m"
        case .info: "\u{1B}[32m"
        case .notice: "\u{1B}[36m"
        case .warning: "\u{1B}[33m"
        case .error: "\u{1B}[31m"
        case .critical: "\u{1B}[1;31m"
        }
    }
}
