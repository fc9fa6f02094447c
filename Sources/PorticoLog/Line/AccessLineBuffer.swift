// The access log's hot path: one per event loop, it turns records into lines and hands them over by the chunk.
import Glibc
import PorticoConfig
import PorticoCore

/// Formats access lines straight into preallocated memory. In steady state nothing is allocated: a full chunk is
/// exchanged with the writer for one that was already written.
///
/// It belongs to its event loop and is not thread-safe. The loop calls `handOver()` every 250 ms or so; a chunk that is
/// full goes by itself. What the writer refuses because it is too far behind is dropped by the chunk, in whole lines,
/// and counted by the writer. This type owns no file, no thread and no policy.
package final class AccessLineBuffer {
    private let writer: LogWriter
    let rules: AccessLineRules
    private var chunk: LogChunk
    /// `2026-01-02T03:04:05.` of the second in `stampSecond`.
    private let stamp: UnsafeMutablePointer<UInt8>
    private var stampSecond = Int64.min

    private static let stampLength = 20
    /// All keys, quotes, numbers, the time and our own words (level, reason, cache, breaker, trace), with some to spare.
    private static let fixedRoom = 960
    /// A longer value is cut here: the line of a request whose every field is abused still has an end.
    static let longestValue = 16 << 10

    convenience init(writer: LogWriter, format: AccessFormat = .json) {
        self.init(writer: writer, rules: AccessLineRules(format))
    }

    init(writer: LogWriter, rules: AccessLineRules) {
        self.writer = writer
        self.rules = rules
        chunk = LogChunk()
        // SAFETY: owned by this object alone, freed in deinit.
        stamp = .allocate(capacity: Self.stampLength)
    }

    deinit {
        handOver()
        stamp.deallocate()
    }

    /// Adds the line of one request.
    package func append(_ record: borrowing AccessRecord) {
        guard rules.threshold.admits(record.effectiveLevel) else { return }
        let room = Self.room(for: record)
        if !chunk.hasRoom(for: room) { makeRoom(room) }
        var cursor = chunk.cursor
        write(record, to: &cursor)
        chunk.endLine(at: cursor)
        if chunk.count >= LogChunk.fullAt { handOver() }
    }

    /// Gives what has gathered to the writer; cheap where nothing has.
    package func handOver() {
        if chunk.lines > 0 { chunk = writer.exchange(chunk) }
    }

    @inline(never)
    private func makeRoom(_ room: Int) {
        handOver()
        // A chunk that grew is not kept as a spare.
        chunk.reserve(room)
    }

    @inline(__always)
    private static func room(for record: borrowing AccessRecord) -> Int {
        var sum = cut(record.requestID) &+ cut(record.clientIP) &+ cut(record.method) &+ cut(record.host)
        sum &+= cut(record.path) &+ cut(record.protocolName) &+ cut(record.route) &+ cut(record.target)
        sum &+= cut(record.userAgent) &+ cut(record.referer) &+ cut(record.cause)
        return fixedRoom &+ sum &* JSONText.growth
    }

    @inline(__always)
    private static func cut(_ value: UnsafeRawBufferPointer) -> Int { min(value.count, longestValue) }

    @inline(__always)
    private func write(_ record: borrowing AccessRecord, to cursor: inout LineCursor) {
        switch rules.format {
        case .json: writeJSON(record, to: &cursor)
        case .logfmt: writeLogfmt(record, to: &cursor)
        case .common: writeCommon(record, to: &cursor)
        case .combined: writeCombined(record, to: &cursor)
        }
    }

    /// As much of a value as a line takes.
    @inline(__always)
    static func value(_ bytes: UnsafeRawBufferPointer, to cursor: inout LineCursor) {
        cursor.escaped(UnsafeRawBufferPointer(start: bytes.baseAddress, count: min(bytes.count, longestValue)))
    }

    /// The date and time of a second are written once; only the milliseconds change from line to line.
    @inline(__always)
    func writeTime(_ unixNanoseconds: Int64, to cursor: inout LineCursor) {
        let moment = SplitTime(unixNanoseconds: unixNanoseconds)
        if moment.seconds != stampSecond { renewStamp(moment.seconds) }
        cursor.copy(UnsafeRawBufferPointer(start: stamp, count: Self.stampLength))
        cursor.threeDigits(moment.milliseconds)
    }

    @inline(never)
    private func renewStamp(_ second: Int64) {
        var cursor = LineCursor(stamp)
        cursor.dateAndTime(CivilDate(clamping: second))
        cursor.byte(UInt8(ascii: "."))
        stampSecond = second
    }
}
