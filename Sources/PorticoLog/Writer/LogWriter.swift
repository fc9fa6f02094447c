// The one thread that writes log lines, and the queue in front of it.
import PorticoCore

/// Takes chunks of whole lines from any thread and writes them, in order, to the log file and the console.
///
/// It owns the writer thread, the queue with its bound and the spare chunks. The file with its rotation belongs to
/// `FileSink`, the terminal to `ConsoleSink`; both are touched by the writer thread only. How a line looks is decided
/// before it comes here (`AccessLineBuffer`, `PorticoLogHandler`).
///
/// Producers never wait for the disk. They take the lock to exchange a pointer; where more than `queueLimit` bytes are
/// unwritten, what they bring is dropped whole and counted. Lines that a sink cannot write (no space, no permission) are
/// dropped and counted too. Each sink tells of its losses with a `log_lines_dropped` line once it can write again.
package final class LogWriter: Sendable {
    /// Four mebibytes: many seconds of traffic, little memory.
    static let queueLimit = 4 << 20

    private let monitor = Monitor()
    private let shared: Shared

    /// SAFETY: all fields are read and written under `monitor` alone.
    private final class Shared: @unchecked Sendable {
        var queue: LogQueue
        /// What is to be written to from the next turn on.
        var nextSinks: LogSinks?
        var thread: SystemThread?

        init(limit: Int) { queue = LogQueue(limit: limit) }
    }

    /// Nil where no thread can be started. `sinks` belong to the writer from now on.
    init?(sinks: LogSinks, queueLimit: Int = LogWriter.queueLimit) {
        shared = Shared(limit: queueLimit)
        shared.queue.currentFile = sinks.currentFile
        guard let started = SystemThread({ [self] in run(sinks) }) else { return nil }
        monitor.withLock { shared.thread = started }
    }

    /// Where file lines go now; nil without a file.
    package var currentFile: String? { monitor.withLock { shared.queue.currentFile } }

    /// Lines lost since the start, for a counter.
    package var droppedLines: Int { monitor.withLock { shared.queue.dropped } }

    package struct Figures: Sendable {
        package var written = 0
        package var dropped = 0
        package var queuedBytes = 0
    }

    /// Lines since the start, and what waits to be written.
    package var figures: Figures {
        monitor.withLock {
            let queue = shared.queue
            return Figures(
                written: max(0, queue.passed - (queue.dropped - queue.refusedInAll)), dropped: queue.dropped,
                queuedBytes: queue.bytes)
        }
    }

    /// Queues a full chunk and gives an empty one for it: a spare one, a new one, or (where the lines were refused) the
    /// same.
    func exchange(_ chunk: LogChunk) -> LogChunk {
        let spare: LogChunk? = monitor.withLock {
            guard add(chunk) else {
                chunk.clear()
                return chunk
            }
            return shared.queue.takeSpare()
        }
        return spare ?? LogChunk()
    }

    /// Queues a chunk that its maker does not replace.
    func submit(_ chunk: LogChunk) { monitor.withLock { _ = add(chunk) } }

    /// Opens the log file anew, by the name that its pattern gives now: after an outside rotation, or on SIGUSR1.
    package func reopen() {
        monitor.withLock {
            shared.queue.reopenAsked = true
            monitor.wakeAll()
        }
    }

    /// From now on lines go to other files or places: what is queued goes where it was meant to.
    func replace(with sinks: LogSinks) {
        monitor.withLock {
            shared.nextSinks = sinks
            shared.queue.reopenAsked = true
            monitor.wakeAll()
        }
    }

    /// Waits until all that was queued before is written or dropped. False: not within `timeout`.
    @discardableResult
    package func flush(timeout: Duration = .seconds(5)) -> Bool {
        let deadline = MonotonicTime.now() + Interval(timeout)
        return monitor.withLock {
            while shared.queue.bytes > 0 || shared.queue.reopenAsked {
                guard !shared.queue.finished, MonotonicTime.now() < deadline else { return false }
                monitor.wait(until: deadline)
            }
            return true
        }
    }

    /// Writes what is queued, closes the file and ends the thread. What comes later is dropped. A disk that hangs holds
    /// the caller for no longer than `timeout`. False: the thread did not end in time.
    @discardableResult
    package func close(timeout: Duration = .seconds(5)) -> Bool {
        let deadline = MonotonicTime.now() + Interval(timeout)
        let (ended, taken): (Bool, SystemThread?) = monitor.withLock {
            shared.queue.closing = true
            monitor.wakeAll()
            while !shared.queue.finished, MonotonicTime.now() < deadline { monitor.wait(until: deadline) }
            defer { shared.thread = nil }
            return (shared.queue.finished, shared.thread)
        }
        if ended { taken?.join() } else { taken?.abandon() }
        return ended
    }

    private func add(_ chunk: LogChunk) -> Bool {
        let added = shared.queue.add(chunk)
        if shared.queue.idle { monitor.wakeAll() }
        return added
    }

    // MARK: - On the writer thread

    private func run(_ first: LogSinks) {
        var sinks = first
        var batch: [LogChunk] = []
        while true {
            let turn = nextTurn(&batch, sinks)
            let lost = write(batch, turn, to: sinks)
            if let next = turn.sinks {
                sinks.close()
                next.begin(inPlaceOf: sinks)
                sinks = next
            }
            let ending = turn.closing && batch.isEmpty
            if ending { sinks.close() }
            monitor.withLock {
                shared.queue.giveBack(&batch)
                shared.queue.dropped += lost
                shared.queue.currentFile = sinks.currentFile
                if ending { shared.queue.finished = true }
                monitor.wakeAll()
            }
            if ending { return }
        }
    }

    private struct Turn {
        var sinks: LogSinks?
        var refused: Int
        var reopen: Bool
        var closing: Bool
    }

    /// Waits for work. While a sink still has losses to tell, it is asked again every second, traffic or none.
    private func nextTurn(_ batch: inout [LogChunk], _ sinks: LogSinks) -> Turn {
        monitor.withLock {
            let deadline = sinks.hasNotice ? MonotonicTime.now() + .seconds(1) : .never
            while shared.queue.isQuiet, MonotonicTime.now() < deadline {
                shared.queue.idle = true
                monitor.wait(until: deadline)
                shared.queue.idle = false
            }
            shared.queue.takeAll(into: &batch)
            defer {
                shared.queue.reopenAsked = false
                shared.nextSinks = nil
            }
            return Turn(
                sinks: shared.nextSinks, refused: shared.queue.takeRefused(), reopen: shared.queue.reopenAsked,
                closing: shared.queue.closing)
        }
    }

    private func write(_ batch: [LogChunk], _ turn: Turn, to sinks: LogSinks) -> Int {
        if turn.reopen, turn.sinks == nil { sinks.reopen() }
        sinks.begin()
        var lost = 0
        for chunk in batch { lost += sinks.write(chunk) }
        sinks.end(refused: turn.refused)
        return lost
    }
}
