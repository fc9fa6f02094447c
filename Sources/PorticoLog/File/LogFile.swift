// One open log file: appends whole lines or nothing. When to rotate it is FileSink's decision.
import Glibc
import SwiftOverlayShims

/// Owns the descriptor. After a failed or partial write the file ends with a whole line again.
struct LogFile: ~Copyable {
    /// How bytes reach the descriptor; a test puts a disk that fills up in its place.
    typealias SystemWrite = (Int32, UnsafeRawPointer, Int) -> Int

    let path: String
    private let descriptor: Int32
    private let systemWrite: SystemWrite
    private let device: UInt64
    private let inode: UInt64
    /// Bytes in the file.
    private(set) var size: Int
    /// When it was last written before it was opened, in seconds since 1970.
    let modified: Int64
    /// The file ends within a line and must get a line end before anything else.
    private var torn: Bool
    /// A stranger holds the lock, and was waited for once.
    private var isContested: Bool

    struct Fault: Error, Equatable {
        let code: Int32
    }

    /// Opens a file for appending, or makes it, and locks it: what is half a line now is nobody's who still writes. What is in
    /// it stays.
    init(
        path: String, mode: Int = 0o640, systemWrite: @escaping SystemWrite = { Glibc.write($0, $1, $2) }
    ) throws(Fault) {
        let descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, mode_t(mode))
        guard descriptor >= 0 else { throw Fault(code: errno) }
        let isOurs = FileLock.take(descriptor)
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            Glibc.close(descriptor)
            throw Fault(code: EINVAL)
        }
        self.path = path
        self.descriptor = descriptor
        self.systemWrite = systemWrite
        isContested = !isOurs
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int(status.st_size)
        modified = Int64(status.st_mtim.tv_sec)
        var last: UInt8 = 0x0a
        torn = size > 0 && pread(descriptor, &last, 1, status.st_size - 1) == 1 && last != 0x0a
    }

    deinit { Glibc.close(descriptor) }

    /// Nobody else writes to it, renames it or compresses it until `unlock`.
    mutating func lock() { isContested = !(isContested ? FileLock.tryTake(descriptor) : FileLock.take(descriptor)) }

    func unlock() { FileLock.give(descriptor) }

    /// Whether the path still leads to this file. If so, the size is brought up to date, as others may have cut it.
    mutating func isInPlace() -> Bool {
        var status = stat()
        guard stat(path, &status) == 0, UInt64(status.st_dev) == device, UInt64(status.st_ino) == inode else {
            return false
        }
        size = Int(status.st_size)
        return true
    }

    /// Cuts off the half-written line that a crash left: it says nothing whole, and every line is to be a record. Where the
    /// last line end is too far away to be found, a line end is added instead.
    mutating func repair() throws(Fault) {
        guard torn else { return }
        let reach = min(size, 64 << 10)
        let tail = [UInt8](unsafeUninitializedCapacity: reach) { space, count in
            count = max(0, pread(descriptor, space.baseAddress, reach, off_t(size - reach)))
        }
        let kept = tail.lastIndex(of: 0x0a).map { $0 + 1 } ?? (reach == size ? 0 : nil)
        if tail.count == reach, let kept, ftruncate(descriptor, off_t(size - reach + kept)) == 0 {
            size -= reach - kept
        } else {
            var newline: UInt8 = 0x0a
            guard systemWrite(descriptor, &newline, 1) == 1 else { throw Fault(code: errno) }
            size += 1
        }
        torn = false
    }

    /// Appends `bytes`, whole lines. Where not all of them go in, those that did are kept up to the last whole line; the
    /// result is their number and the fault that ended it.
    mutating func append(_ bytes: UnsafeRawBufferPointer) -> (kept: Int, fault: Fault?) {
        guard let start = bytes.baseAddress else { return (0, nil) }
        var offset = 0
        while offset < bytes.count {
            let written = systemWrite(descriptor, start + offset, bytes.count - offset)
            if written > 0 {
                offset += written
            } else if written == 0 {
                return (takeBack(bytes, written: offset), Fault(code: EIO))
            } else if errno != EINTR {
                let code = errno
                return (takeBack(bytes, written: offset), Fault(code: code))
            }
        }
        size += bytes.count
        return (bytes.count, nil)
    }

    private mutating func takeBack(_ bytes: UnsafeRawBufferPointer, written: Int) -> Int {
        let kept = bytes.wholeLines(within: written)?.count ?? 0
        if kept == written || ftruncate(descriptor, off_t(size + kept)) == 0 {
            size += kept
        } else {
            size += written
            torn = true
        }
        return kept
    }
}
