// The log file over time: opening, size rotation, retention, and what happens while the disk refuses.
import Glibc
import PorticoCore

/// Writes lines to the current file of a family and keeps every file within `mostBytes`.
///
/// A fault (no space, no permission, a folder that vanished) drops the lines at hand, is told once on standard error, and
/// makes the sink wait a second before it tries again; until it succeeds lines are counted and dropped. The file is
/// looked for by name before each batch: one that was moved or deleted is made anew.
final class FileSink {
    struct Limits {
        var mostBytes: Int
        var mostRotated: Int
        var pauseAfterFault = Interval.seconds(1)
    }

    private let directory: String
    private let name: LogFileName
    private let limits: Limits
    private let rotated: RotatedFiles
    private let systemWrite: LogFile.SystemWrite
    private var file: LogFile?
    private var fileDate = ""
    private var pausedUntil = MonotonicTime(nanoseconds: .min)
    private var complaint: FaultReport
    private(set) var currentPath: String?
    private(set) var unreported = 0

    init(
        directory: String, name: LogFileName, limits: Limits,
        complaint: FaultReport = FaultReport(),
        systemWrite: @escaping LogFile.SystemWrite = { Glibc.write($0, $1, $2) }
    ) {
        self.directory = directory
        self.name = name
        self.limits = limits
        self.complaint = complaint
        self.systemWrite = systemWrite
        rotated = RotatedFiles(directory: directory, name: name)
    }

    /// Makes the folder and opens the file. Nil: done; otherwise the fault, which was told.
    func open() -> LogFile.Fault? {
        let date = CivilDate(clamping: WallClock.unixNanoseconds() / 1_000_000_000).dateText
        do throws(LogFile.Fault) {
            try LogFolder.make(directory)
            var opened = try LogFile(path: directory + "/" + name.current(date: date), systemWrite: systemWrite)
            // A file that is full already is rotated before its next line; there is no room to repair it.
            if opened.size < limits.mostBytes { try opened.repair() }
            currentPath = opened.path
            fileDate = date
            file = consume opened
            rotated.retain(limits.mostRotated, current: name.current(date: date))
            return nil
        } catch {
            pause(error, "cannot open a log file in \(directory)")
            return error
        }
    }

    func reopen() {
        file = nil
        _ = open()
    }

    func close() { file = nil }

    /// Before each batch: is the file still the one that its name leads to?
    func begin() {
        guard file != nil, file?.isInPlace() == false else { return }
        reopen()
    }

    /// Returns how many lines were dropped.
    func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard isReady() else { return drop(bytes) }
        var rest = bytes
        var dropped = 0
        while !rest.isEmpty {
            let room = limits.mostBytes - (file?.size ?? 0)
            guard let piece = rest.wholeLines(within: room) else {
                if file?.size == 0 {
                    // A line that no file may hold.
                    let line = rest.firstLine
                    dropped += drop(line)
                    rest = rest.behind(line)
                    continue
                }
                guard rotate() else { return dropped + drop(rest) }
                continue
            }
            guard let result = file?.append(piece) else { return dropped + drop(rest) }
            if let fault = result.fault {
                pause(fault, "cannot write to \(currentPath ?? directory)")
                return dropped + drop(rest.behind(rest.start(result.kept)))
            }
            rest = rest.behind(piece)
        }
        complaint.settle()
        return dropped
    }

    /// Adds lines lost elsewhere and writes the notice, if there is something to tell and a file to tell it to.
    func tellLosses(_ refused: Int) {
        unreported += refused
        guard unreported > 0, isReady() else { return }
        let told = unreported
        unreported = 0
        if DropNotice.line(count: told).withUnsafeBytes({ write($0) }) > 0 { unreported = told }
    }

    private func isReady() -> Bool {
        guard MonotonicTime.now() >= pausedUntil else { return false }
        return file != nil || open() == nil
    }

    private func rotate() -> Bool {
        let old = directory + "/" + name.current(date: fileDate)
        let target = directory + "/" + name.rotated(date: fileDate, number: rotated.nextNumber(date: fileDate))
        guard rename(old, target) == 0 || errno == ENOENT else {
            pause(LogFile.Fault(code: errno), "cannot rotate \(old)")
            return false
        }
        file = nil
        return open() == nil
    }

    private func drop(_ bytes: UnsafeRawBufferPointer) -> Int {
        let lines = bytes.lineCount
        unreported += lines
        return lines
    }

    private func pause(_ fault: LogFile.Fault, _ what: String) {
        pausedUntil = MonotonicTime.now() + limits.pauseAfterFault
        complaint.tell(what, code: fault.code)
    }
}
