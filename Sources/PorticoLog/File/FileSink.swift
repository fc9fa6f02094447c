// The log file over time: opening, size rotation, retention, and what happens while the disk refuses.
import Glibc
import PorticoConfig
import PorticoCore

/// Writes lines to the current file of a family and keeps every file within `mostBytes`.
///
/// A fault (no space, no permission, a folder that vanished) drops the lines at hand, is told once on standard error, and
/// makes the sink wait a second before it tries again; until it succeeds lines are counted and dropped. The file is
/// looked for by name before each batch: one that was moved or deleted is made anew. While the disk is short of room no
/// line is written either. Other processes may write to the same files: from `begin` to `end` the file is ours alone.
/// Finished files are given to `LogArchive`, which compresses them elsewhere.
final class FileSink {
    struct Limits {
        var mostBytes: Int
        var mostRotated: Int
        /// Of all files together, the current one as if it were full.
        var totalBytes = Int.max
        /// 0 keeps files however old they are.
        var retentionDays = 0
        var leastFree = 0
        var mode = 0o640
        var rule = RotationRule(.size)
        var pauseAfterFault = Interval.seconds(1)
    }

    private let directory: String
    private let name: LogFileName
    private let limits: Limits
    private let rotated: RotatedFiles
    private let archive: LogArchive?
    private let systemWrite: LogFile.SystemWrite
    private let unixSeconds: () -> Int64
    private var space: DiskSpace
    private var file: LogFile?
    private var fileDate = ""
    /// When the lines of the file began, as far as it shows.
    private var fileStart: Int64 = 0
    private var pausedUntil = MonotonicTime(nanoseconds: .min)
    private var complaint: FaultReport
    private(set) var currentPath: String?
    private static let mostLooks = 10
    private(set) var unreported = 0

    init(
        directory: String, name: LogFileName, limits: Limits, archive: LogArchive? = nil,
        complaint: FaultReport = FaultReport(),
        measure: @escaping DiskSpace.Measure = DiskSpace.free,
        unixSeconds: @escaping () -> Int64 = { WallClock.unixNanoseconds() / 1_000_000_000 },
        systemWrite: @escaping LogFile.SystemWrite = { Glibc.write($0, $1, $2) }
    ) {
        self.directory = directory
        self.name = name
        self.limits = limits
        self.archive = archive
        self.complaint = complaint
        self.unixSeconds = unixSeconds
        self.systemWrite = systemWrite
        rotated = RotatedFiles(directory: directory, name: name)
        space = DiskSpace(directory: directory, leastFree: limits.leastFree, measure: measure)
    }

    /// Makes the folder and opens the file. Nil: done; otherwise the fault, which was told.
    func open() -> LogFile.Fault? {
        defer { end() }
        return openLocked()
    }

    private func openLocked() -> LogFile.Fault? {
        let now = unixSeconds()
        let date = CivilDate(clamping: now).dateText
        do throws(LogFile.Fault) {
            try LogFolder.make(directory)
            let path = directory + "/" + name.current(date: date)
            var opened = try LogFile(path: path, mode: limits.mode, systemWrite: systemWrite)
            // Another process may have taken it away between the opening and the lock.
            for _ in 0..<Self.mostLooks where !opened.isInPlace() {
                opened = try LogFile(path: path, mode: limits.mode, systemWrite: systemWrite)
            }
            fileStart = opened.size > 0 ? min(opened.modified, now) : now
            // A file that is full already is rotated before its next line; there is no room to repair it.
            if opened.size < limits.mostBytes { try opened.repair() }
            currentPath = opened.path
            fileDate = date
            file = consume opened
            tidy(now)
            return nil
        } catch {
            pause(error, "cannot open a log file in \(directory)")
            return error
        }
    }

    /// What is finished keeps within its bounds and is compressed in its own time.
    private func tidy(_ now: Int64) {
        let current = name.current(date: fileDate)
        rotated.retain(
            RotatedFiles.Allowance(
                files: limits.mostRotated,
                bytes: limits.totalBytes == .max ? .max : max(0, limits.totalBytes - limits.mostBytes),
                writtenSince: limits.retentionDays > 0 ? now - Int64(limits.retentionDays) * 86_400 : .min),
            current: current)
        archive?.compress(rotated, besides: current)
    }

    func reopen() {
        file = nil
        _ = open()
    }

    private func reopenLocked() {
        file = nil
        _ = openLocked()
    }

    func close() { file = nil }

    /// Before each batch: is the file still the one that its name leads to, is its time over, has the disk room?
    func begin() {
        space.check(.now())
        guard file != nil else { return }
        file?.lock()
        let now = unixSeconds()
        if file?.isInPlace() == false {
            reopenLocked()
        } else if file?.size ?? 0 > 0, limits.rule.isOver(start: fileStart, now: now) || isOfAnotherDay(now) {
            _ = rotate()
        }
    }

    /// Where names carry the date, a new day has a new file whatever the strategy.
    private func isOfAnotherDay(_ now: Int64) -> Bool {
        name.usesDate && now / 86_400 != fileStart / 86_400 && CivilDate(clamping: now).dateText > fileDate
    }

    /// After each batch: others may write.
    func end() { file?.unlock() }

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
        guard !space.isShort else {
            complaint.tell("less free disk than `min_free_mb` for \(directory)", code: ENOSPC)
            return false
        }
        return file != nil || openLocked() == nil
    }

    /// A file whose name already tells it from the next keeps its name, another gets a number.
    private func rotate() -> Bool {
        let old = name.current(date: fileDate)
        // Another process may have done it.
        if file?.isInPlace() == true, old == name.current(date: CivilDate(clamping: unixSeconds()).dateText) {
            let target = name.rotated(date: fileDate, number: rotated.nextNumber(date: fileDate))
            guard rename(directory + "/" + old, directory + "/" + target) == 0 || errno == ENOENT else {
                pause(LogFile.Fault(code: errno), "cannot rotate \(directory)/\(old)")
                return false
            }
        }
        file = nil
        return openLocked() == nil
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
