// Memory full of whole lines on its way from a producer to the writer thread. Knows nothing of files.

/// A block of whole lines. It has one owner at a time: a loop while it is filled, the queue, the writer while it is
/// written, and then the spare list, from which the next loop takes it.
// SAFETY: ownership moves with the reference, through the writer's monitor; never do two threads hold one chunk. The
// memory is allocated and freed by this object alone.
final class LogChunk: @unchecked Sendable {
    /// From here on a loop hands its chunk over.
    static let fullAt = 64 << 10
    /// Some room beyond `fullAt`, so that a line's worst case rarely sends a chunk off early.
    static let standardCapacity = 80 << 10

    private(set) var start: UnsafeMutablePointer<UInt8>
    private(set) var capacity: Int
    private(set) var count = 0
    private(set) var lines = 0
    var destinations: LogDestinations

    init(capacity: Int = LogChunk.standardCapacity, destinations: LogDestinations = .all) {
        self.capacity = capacity
        self.destinations = destinations
        start = .allocate(capacity: capacity)
    }

    deinit { start.deallocate() }

    var isStandard: Bool { capacity == Self.standardCapacity }
    var view: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    @inline(__always)
    var cursor: LineCursor { LineCursor(start + count) }

    @inline(__always)
    func hasRoom(for bytes: Int) -> Bool { bytes <= capacity &- count }

    /// Makes room by moving to a larger block; for lines of unknown length, not for the hot path.
    func reserve(_ bytes: Int) {
        guard !hasRoom(for: bytes) else { return }
        let larger = max(capacity * 2, count + bytes)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        moved.update(from: start, count: count)
        start.deallocate()
        start = moved
        capacity = larger
    }

    /// Takes in what was written through `cursor`.
    @inline(__always)
    func advance(to cursor: LineCursor) { count = cursor.next - start }

    /// The same, where a line ended there.
    @inline(__always)
    func endLine(at cursor: LineCursor) {
        advance(to: cursor)
        lines &+= 1
    }

    func clear() {
        count = 0
        lines = 0
    }
}

/// Where the lines of a chunk go.
struct LogDestinations: OptionSet, Sendable {
    let rawValue: UInt8

    static let file = LogDestinations(rawValue: 1)
    static let console = LogDestinations(rawValue: 2)
    static let all: LogDestinations = [.file, .console]
}
