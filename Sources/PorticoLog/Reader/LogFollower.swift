// The lines of a log family in the order of their writing, and those that come: across rotation, compression and new days.
// What is done with a line is the caller's affair.
import Glibc

/// Reads the file that is written to through one descriptor, so that a rotation meanwhile hides nothing: what was renamed is
/// read to its end, then what came after it.
final class LogFollower {
    private let files: RotatedFiles
    private var current: LogFileReader?
    /// Where the current file stands, or will stand once it is rotated.
    private var place = Place(date: "", number: 0)
    /// Files before the current one, the oldest first, as they were at the start.
    private(set) var older: [String] = []

    /// A date and a number: later files have greater ones.
    private struct Place: Comparable {
        let date: String
        let number: Int

        init(_ reading: LogFileName.Reading) {
            date = reading.date
            number = reading.number ?? .max
        }

        init(date: String, number: Int) {
            self.date = date
            self.number = number
        }

        static func < (left: Place, right: Place) -> Bool {
            left.date == right.date ? left.number < right.number : left.date < right.date
        }
    }

    init(_ files: RotatedFiles) {
        self.files = files
        open()
    }

    /// Every line of the current file that was not read yet.
    func readCurrent(_ line: (UnsafeRawBufferPointer) -> Void) { current?.read(line) }

    /// Every line of a finished file; under its compressed name where it has that by now. False: it is damaged or gone.
    func read(_ name: String, _ line: (UnsafeRawBufferPointer) -> Void) -> Bool {
        let path = files.directory + "/" + name
        let reader = LogFileReader(path: path) ?? LogFileReader(path: path + LogFileName.compressedEnding)
        return reader?.read(line) ?? false
    }

    /// What was written since the last call, from all files that it went to.
    func poll(_ line: (UnsafeRawBufferPointer) -> Void) {
        guard let current else { return follow(line) }
        current.read(line)
        guard isLeft(current) else { return }
        // What was written between the reading and the renaming.
        current.read(line)
        follow(line)
    }

    // MARK: From file to file

    private func open() {
        // A rotation between looking and opening shows in another inode: look again.
        for _ in 0..<16 {
            let found = files.inOrder()
            guard let last = found.last, last.reading.number == nil, !last.reading.isCompressed else {
                older = found.map(\.name)
                if let last = found.last { place = Place(last.reading) }
                return
            }
            guard let reader = LogFileReader(path: files.directory + "/" + last.name), reader.inode == last.inode
            else { continue }
            older = found.dropLast().map(\.name)
            use(reader, last.reading, among: found)
            return
        }
    }

    private func use(_ reader: LogFileReader, _ reading: LogFileName.Reading, among found: [RotatedFiles.File]) {
        current = reader
        let numbers = found.compactMap { $0.reading.date == reading.date ? $0.reading.number : nil }
        place = Place(date: reading.date, number: (numbers.max() ?? 0) + 1)
    }

    private func isLeft(_ reader: LogFileReader) -> Bool {
        guard let last = files.inOrder().last else { return true }
        return last.inode != reader.inode || last.reading.number != nil
    }

    private func follow(_ line: (UnsafeRawBufferPointer) -> Void) {
        if current != nil { settlePlace(among: files.inOrder()) }
        for _ in 0..<16 {
            let found = files.inOrder()
            let next = found.last.flatMap { $0.reading.number == nil && !$0.reading.isCompressed ? $0 : nil }
            for file in found where file.inode != next?.inode && file.inode != current?.inode {
                let its = Place(file.reading)
                guard its > place else { continue }
                _ = read(file.name, line)
                place = its
            }
            guard let next else {
                current = nil
                return
            }
            guard next.inode != current?.inode else { return }
            guard let reader = LogFileReader(path: files.directory + "/" + next.name), reader.inode == next.inode
            else { continue }
            use(reader, next.reading, among: found)
            reader.read(line)
            return
        }
    }

    /// Which of the finished files is the one that was read last: under a number, or under the name of its day.
    private func settlePlace(among found: [RotatedFiles.File]) {
        if let old = found.first(where: { $0.inode == current?.inode }) {
            place = Place(old.reading)
        } else if !found.contains(where: { Place($0.reading) == place }),
            found.contains(where: {
                $0.reading.date == place.date && $0.reading.number == nil && $0.reading.isCompressed
            })
        {
            place = Place(date: place.date, number: .max)
        } else if !found.contains(where: { Place($0.reading) == place }) {
            // It is gone altogether, and may never have had its number.
            place = Place(date: place.date, number: place.number - 1)
        }
    }
}
