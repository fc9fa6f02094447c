// The finished files of a log family in their folder: the next number, and which of them go.
import Glibc
import SwiftOverlayShims

/// Looks into the log folder at rotation. Holds no state: the folder itself says what there is, across restarts.
struct RotatedFiles {
    let directory: String
    let name: LogFileName

    /// One above the highest number that files of this very name carry, so that a number is never used again while any
    /// of them is left.
    func nextNumber(date: String) -> Int {
        let own = name.read(name.current(date: date))
        let numbers = all().compactMap { file in
            file.reading.date == own?.date && file.reading.processID == own?.processID ? file.reading.number : nil
        }
        return (numbers.max() ?? 0) + 1
    }

    /// Deletes the oldest until `most` are left beside `current`. Files of former dates count, rotated or not.
    func retain(_ most: Int, current: String) {
        let finished = all().filter { $0.name != current && mayGo($0.reading) }.sorted { isOlder($0, $1) }
        for file in finished.dropLast(max(most, 0)) { unlink(directory + "/" + file.name) }
    }

    private struct File {
        let name: String
        let reading: LogFileName.Reading
        let modified: Int64
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
        return (left.reading.number ?? .max) < (right.reading.number ?? .max)
    }

    private func all() -> [File] {
        guard let folder = opendir(directory) else { return [] }
        defer { closedir(folder) }
        var files: [File] = []
        while let entry = readdir(folder) {
            // SAFETY: readdir's entry holds a terminated name and stays valid until the next call.
            let text = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let reading = name.read(text) else { continue }
            var status = stat()
            guard lstat(directory + "/" + text, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            let modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
            files.append(File(name: text, reading: reading, modified: modified))
        }
        return files
    }
}
