// The file and the console as the writer sees them: one thing to write to.

/// What the writer thread writes to; touched by nobody else once the thread runs.
// SAFETY: built before the writer thread has them, then used on that thread only.
final class LogSinks: @unchecked Sendable {
    private let file: FileSink?
    private let console: ConsoleSink?

    init(file: FileSink?, console: ConsoleSink?) {
        self.file = file
        self.console = console
    }

    var currentFile: String? { file?.currentPath }

    /// Whether losses are still to be told.
    var hasNotice: Bool { (file?.unreported ?? 0) > 0 || (console?.unreported ?? 0) > 0 }

    /// Takes the place of other sinks, and tells what they could not.
    func begin(inPlaceOf former: LogSinks) {
        _ = file?.open()
        file?.tellLosses(former.file?.unreported ?? 0)
        file?.end()
    }

    func reopen() { file?.reopen() }

    func begin() { file?.begin() }

    /// Returns how many lines reached none of the places they were meant for.
    func write(_ chunk: LogChunk) -> Int {
        var lost = Int.max
        if chunk.destinations.contains(.file), let file { lost = min(lost, file.write(chunk.view)) }
        if chunk.destinations.contains(.console), let console { lost = min(lost, console.write(chunk.view)) }
        return lost == .max ? 0 : lost
    }

    /// Closes a batch; `refused` lines never came so far.
    func end(refused: Int) {
        file?.tellLosses(refused)
        file?.end()
        console?.tellLosses(refused)
    }

    func close() { file?.close() }
}
