// Compresses finished log files on a thread of its own, at the lowest priority: neither a request nor a log line waits for
// it. Which files there are and which of them may stay is RotatedFiles' part.
import Glibc
import PorticoCompression
import PorticoCore

/// A file is compressed beside itself under a name that no pattern matches, then takes its place by `rename`. A crash
/// leaves the plain file, with or without an unfinished copy (which is made anew), or both forms whole (then the plain one
/// goes): no line is lost and none is kept twice.
package final class LogArchive: Sendable {
    private let monitor = Monitor()
    private let shared = Shared()

    private struct Job {
        let files: RotatedFiles
        let current: String
    }

    /// SAFETY: all fields are read and written under `monitor` alone.
    private final class Shared: @unchecked Sendable {
        /// The newest order covers those before it: the folder says what there is to do.
        var next: Job?
        var isWorking = false
        var isClosing = false
        var thread: SystemThread?
    }

    static let unfinishedEnding = ".gz.part"

    /// Nil where no thread can be started.
    init?() {
        guard let thread = SystemThread({ [self] in run() }) else { return nil }
        monitor.withLock { shared.thread = thread }
    }

    /// Orders that all finished files but `current` be compressed. Returns at once.
    func compress(_ files: RotatedFiles, besides current: String) {
        monitor.withLock {
            shared.next = Job(files: files, current: current)
            monitor.wakeAll()
        }
    }

    /// Waits until nothing is left to do, for tests and tools.
    func waitUntilDone() {
        monitor.withLock {
            while shared.next != nil || shared.isWorking { monitor.wait(until: .never) }
        }
    }

    /// Ends the thread after the file at hand; what is left is done after the next start.
    package func close() {
        let thread: SystemThread? = monitor.withLock {
            shared.isClosing = true
            monitor.wakeAll()
            defer { shared.thread = nil }
            return shared.thread
        }
        thread?.join()
    }

    // MARK: - On the archive's thread

    private func run() {
        // On Linux niceness belongs to the thread; 0 is the one that asks.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
        while let job = takeJob() {
            removeUnfinished(job.files)
            for name in job.files.uncompressed(besides: job.current) {
                if monitor.withLock({ shared.isClosing }) { break }
                compress(job.files.directory + "/" + name)
            }
            monitor.withLock {
                shared.isWorking = false
                monitor.wakeAll()
            }
        }
    }

    private func takeJob() -> Job? {
        monitor.withLock {
            while shared.next == nil, !shared.isClosing { monitor.wait(until: .never) }
            guard !shared.isClosing else { return nil }
            defer { shared.next = nil }
            shared.isWorking = true
            return shared.next
        }
    }

    private func removeUnfinished(_ files: RotatedFiles) {
        for name in files.unfinished() {
            let path = files.directory + "/" + name
            // The copy that another process makes at this moment is none.
            if !FileLock.isTaken(String(path.dropLast(Self.unfinishedEnding.count))) { unlink(path) }
        }
    }

    /// What another process writes to or compresses is left to it.
    private func compress(_ path: String) {
        let plain = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard plain >= 0 else { return }
        defer { Glibc.close(plain) }
        guard FileLock.tryTake(plain) || errno != EWOULDBLOCK else { return }
        let target = path + LogFileName.compressedEnding
        var status = stat()
        // Both forms: a crash came between the rename and the removal.
        if stat(target, &status) == 0 {
            unlink(path)
            return
        }
        let unfinished = path + Self.unfinishedEnding
        guard GzipFile.write(path, to: unfinished) else {
            unlink(unfinished)
            return
        }
        if rename(unfinished, target) == 0 { unlink(path) }
    }
}
