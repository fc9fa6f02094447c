// `portico logs` as a whole: the files in order, what is asked of them, how it is shown. Memory is bounded whatever the files
// hold: a buffer per file, and the last lines where only those are wanted.
import Glibc
package import PorticoConfig
import SwiftOverlayShims

package struct LogReading {
    package var filter = LogFilter()
    /// How many of the last lines that fit; nil: all of them.
    package var last: Int?
    package var asJSON = false
    package var coloured = false

    /// The most lines that may be kept at once.
    package static let mostLast = 100_000

    private let files: RotatedFiles

    /// `name` is the application's, which file names may hold.
    package init(_ settings: LoggingSettings, name: String) {
        // The process that writes is another one: whose number a name carries does not matter.
        files = RotatedFiles(
            directory: settings.directory,
            name: LogFileName(
                pattern: settings.filePattern, name: name, host: LogSystem.hostName(), processID: 0))
    }

    /// Whether there is a file to read.
    package var hasFiles: Bool { !files.inOrder().isEmpty }

    /// Writes the lines that there are; then, if `following`, those that come, until `take` says no. `take` gets whole lines.
    package func run(following: Bool, _ take: @escaping ([UInt8]) -> Bool) {
        var pass = LogPass(self, take)
        let follower = LogFollower(files)
        if let last {
            pass.showLast(last, of: follower)
        } else {
            for name in follower.older where mayFit(name) { _ = follower.read(name) { pass.show($0) } }
            follower.readCurrent { pass.show($0) }
        }
        pass.flush()
        guard following else { return }
        while pass.isWanted {
            usleep(Self.pause)
            follower.poll { pass.show($0) }
            pass.flush()
        }
    }

    /// Between two looks at a file that is followed.
    private static let pause: UInt32 = 200_000

    /// A file last written before the time that is asked for has nothing of it.
    private func mayFit(_ name: String) -> Bool {
        guard let since = filter.since else { return true }
        var status = stat()
        guard stat(files.directory + "/" + name, &status) == 0 else { return true }
        return LineText.timestamp(unixNanoseconds: (Int64(status.st_mtim.tv_sec) + 1) * 1_000_000_000) >= since
    }

    var view: LogView { LogView(style: asJSON ? .json : .compact(coloured: coloured)) }
}

/// The lines on their way from files to whoever reads them.
private struct LogPass {
    private let filter: LogFilter
    private let view: LogView
    private let take: ([UInt8]) -> Bool
    private var entry = LogEntry()
    private var output: [UInt8] = []
    private(set) var isWanted = true

    init(_ reading: LogReading, _ take: @escaping ([UInt8]) -> Bool) {
        filter = reading.filter
        view = reading.view
        self.take = take
    }

    mutating func show(_ line: UnsafeRawBufferPointer) {
        guard isWanted, !line.isEmpty else { return }
        entry.read(line)
        guard filter.admits(entry) else { return }
        view.write(entry, to: &output)
        if output.count >= 64 << 10 { flush() }
    }

    mutating func flush() {
        if !output.isEmpty, isWanted { isWanted = take(output) }
        output.removeAll(keepingCapacity: true)
    }

    /// From the newest file backwards, until there are enough.
    mutating func showLast(_ count: Int, of follower: LogFollower) {
        var blocks: [[[UInt8]]] = []
        var missing = count
        func collect(_ read: ((UnsafeRawBufferPointer) -> Void) -> Void) {
            var ring = LineRing(capacity: missing)
            read { line in
                entry.read(line)
                if !line.isEmpty, filter.admits(entry) { ring.add(line) }
            }
            missing -= ring.lines.count
            blocks.append(ring.lines)
        }
        collect { follower.readCurrent($0) }
        for name in follower.older.reversed() where missing > 0 {
            collect { _ = follower.read(name, $0) }
        }
        for line in blocks.reversed().joined() { line.withUnsafeBytes { show($0) } }
    }
}

/// The last lines of many.
private struct LineRing {
    private let capacity: Int
    private var kept: [[UInt8]] = []
    private var oldest = 0

    init(capacity: Int) { self.capacity = capacity }

    mutating func add(_ line: UnsafeRawBufferPointer) {
        guard capacity > 0 else { return }
        if kept.count < capacity {
            kept.append(Array(line))
        } else {
            kept[oldest] = Array(line)
            oldest = (oldest + 1) % capacity
        }
    }

    var lines: [[UInt8]] { Array(kept[oldest...] + kept[..<oldest]) }
}
