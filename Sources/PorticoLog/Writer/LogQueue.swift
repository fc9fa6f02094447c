// What lies between producers and the writer thread: chunks in order, a bound, and spare chunks. Writes nothing.
import PorticoCore

/// The state behind the writer's monitor; every access is made with its lock held.
struct LogQueue {
    /// How many bytes may wait to be written before lines are dropped.
    let limit: Int
    private(set) var chunks: [LogChunk] = []
    /// Bytes waiting or being written.
    private(set) var bytes = 0
    private var spare: [LogChunk] = []
    /// Lines refused since the writer last asked.
    private(set) var refused = 0
    private(set) var refusedInAll = 0
    /// Lines lost on the way, refused here or failed in a sink, since the start.
    var dropped = 0
    /// Lines that were taken here and left to the sinks, lost ones included.
    private(set) var passed = 0
    var reopenAsked = false
    var closing = false
    var finished = false
    /// The writer thread waits for work, and must be woken.
    var idle = false
    var currentFile: String?

    /// Kept for reuse; more than these are freed after a burst.
    private static let mostSpare = 8

    init(limit: Int) { self.limit = limit }

    /// Queues a chunk. False: it was refused and its lines are counted.
    mutating func add(_ chunk: LogChunk) -> Bool {
        guard !closing, chunk.count <= limit - bytes else {
            refused += chunk.lines
            refusedInAll += chunk.lines
            dropped += chunk.lines
            return false
        }
        chunks.append(chunk)
        bytes += chunk.count
        return true
    }

    /// Nothing for the writer to do. After `closing` it has to come round until it finds the queue empty.
    var isQuiet: Bool { chunks.isEmpty && refused == 0 && !reopenAsked && !closing }

    mutating func takeSpare() -> LogChunk? { spare.popLast() }

    /// Swaps the waiting chunks for the caller's empty array, so that neither array is allocated anew.
    mutating func takeAll(into batch: inout [LogChunk]) { swap(&chunks, &batch) }

    mutating func takeRefused() -> Int {
        defer { refused = 0 }
        return refused
    }

    /// Takes written chunks back.
    mutating func giveBack(_ batch: inout [LogChunk]) {
        for chunk in batch {
            bytes -= chunk.count
            passed += chunk.lines
            chunk.clear()
            if chunk.isStandard, spare.count < Self.mostSpare { spare.append(chunk) }
        }
        batch.removeAll(keepingCapacity: true)
    }
}
