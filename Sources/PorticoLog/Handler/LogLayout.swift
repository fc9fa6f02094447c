// Which layout an application event takes on its way to the file and to the console.
import Logging
import PorticoConfig

struct LogLayout: Sendable {
    let format: LogFormat
    let toFile: Bool
    let toConsole: Bool
    /// The console is a terminal, where lines are laid out for eyes whatever `format` says.
    let terminal: Bool
    let coloured: Bool
    var redaction = Redaction()

    /// One chunk for all destinations where they get the same bytes, else one for each.
    func chunks(for event: LogEventView) -> [LogChunk] {
        let event = redaction.isEmpty ? event : event.redacted(by: redaction)
        guard toConsole, terminal else {
            return [chunk(event, format, to: toConsole ? (toFile ? .all : .console) : .file)]
        }
        let console = LogChunk(capacity: 512, destinations: .console)
        TextLayout(coloured: coloured).write(event, to: console)
        return toFile ? [chunk(event, format, to: .file), console] : [console]
    }

    private func chunk(_ event: LogEventView, _ format: LogFormat, to destinations: LogDestinations) -> LogChunk {
        let chunk = LogChunk(capacity: 512, destinations: destinations)
        switch format {
        case .json: JSONLayout.write(event, to: chunk)
        case .logfmt: LogfmtLayout.write(event, to: chunk)
        case .text: TextLayout(coloured: false).write(event, to: chunk)
        }
        return chunk
    }
}
