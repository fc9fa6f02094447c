// The finished files of a log family in their folder: the next number, and which of them go.
import Glibc
import SwiftOverlayShims

/// Looks into the log folder at rotation. Holds no state: the folder itself says what there is, across restarts.
struct RotatedFiles: Sendable {
    let directory: String
    let name: LogFileName

    /// One above the highest number that files of this very name carry, so that a number is never used again while any
    /// of them is left.
    func nextNumber(date: String) -> Int {
        let own = name.read(name.current(date: date))
        let numbers = all().compactMap { file in
            file.reading.date == own?.date && file.reading.processID == own?.processID ? file.reading.number : nil
        }
        var number = (numbers.max() ?? 0) + 1
        // A listing may miss a file that gets its compressed form meanwhile. That form is there before the plain one goes.
        while isThere(name.rotated(date: date, number: number))
            || isThere(name.rotated(date: date, number: number) + LogFileName.compressedEnding)
        {
            number += 1
        }
        return number
    }

    private func isThere(_ file: String) -> Bool { access(directory + "/" + file, F_OK) == 0 }

    /// What finished files may take.
    struct Allowance {
        var files: Int
        /// Together.
        var bytes = Int.max
        /// Last written before this goes, in seconds since 1970.
        var writtenSince = Int64.min
    }

    /// Deletes the oldest beside `current` until the rest keeps within the allowance. Files of former dates count, rotated
    /// or not.
    func retain(_ allowance: Allowance, current: String) {
        let newestFirst = finished(besides: current).sorted { isOlder($1, $0) }
        var bytes = 0
        var isOver = false
        for (index, file) in newestFirst.enumerated() {
            bytes += file.size
            isOver =
                isOver || index >= allowance.files || bytes > allowance.bytes
                || file.modified / 1_000_000_000 < allowance.writtenSince
            if isOver { unlink(directory + "/" + file.name) }
        }
    }

    /// The names of finished files that are not compressed yet, oldest first.
    func uncompressed(besides current: String) -> [String] {
        finished(besides: current).filter { !$0.reading.isCompressed }.sorted(by: isOlder).map(\.name)
    }

    private func finished(besides current: String) -> [File] {
        all().filter { $0.name != current && mayGo($0.reading) }
    }

    struct File {
        let name: String
        let reading: LogFileName.Reading
        let size: Int
        let modified: Int64
        let inode: UInt64
    }

    /// For readers: every file of the family, the oldest first, the one that is written to last. Of a file in both forms,
    /// the plain one.
    func inOrder() -> [File] {
        let files = all()
        let plain = Set(files.filter { !$0.reading.isCompressed }.map(\.name))
        return files.filter { file in
            !file.reading.isCompressed
                || !plain.contains(String(file.name.dropLast(LogFileName.compressedEnding.count)))
        }.sorted(by: isOlder)
    }

    /// With `{pid}` in the pattern several processes share a folder: what a living one writes is its own affair.
    private func mayGo(_ reading: LogFileName.Reading) -> Bool {
        guard let id = reading.processID, id != name.processID else { return true }
        return kill(id, 0) != 0 && errno == ESRCH
    }

    /// By date, then by number: the file without one was written last. Numbers of different processes do not compare, so
    /// with `{pid}` the time of the last write comes before them.
    private func isOlder(_ left: File, _ right: File) -> Bool {
        if left.reading.date != right.reading.date { return left.reading.date < right.reading.date }
        if name.usesProcessID, left.modified != right.modified { return left.modified < right.modified }
        if left.reading.number != right.reading.number {
            return (left.reading.number ?? .max) < (right.reading.number ?? .max)
        }
        return left.modified < right.modified
    }

    private func all() -> [File] {
        names().compactMap { text in
            guard let reading = name.read(text) else { return nil }
            var status = stat()
            guard lstat(directory + "/" + text, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
            let modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
            return File(
                name: text, reading: reading, size: Int(status.st_size), modified: modified,
                inode: UInt64(status.st_ino))
        }
    }

    /// Copies that a crash left half-made.
    func unfinished() -> [String] {
        names().filter { text in
            guard text.hasSuffix(LogArchive.unfinishedEnding) else { return false }
            return name.read(String(text.dropLast(LogArchive.unfinishedEnding.count))).map(mayGo) ?? false
        }
    }

    private func names() -> [String] {
        guard let folder = opendir(directory) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            // SAFETY: readdir's entry holds a terminated name and stays valid until the next call.
            let text = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            names.append(text)
        }
        return names
    }
}
