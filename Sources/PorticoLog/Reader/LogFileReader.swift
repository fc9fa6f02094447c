// One log file for reading, plain or compressed: a piece at a time, from where the last reading ended. Which files there are
// and in what order is LogFamily's and LogFollower's part.
import Glibc
import PorticoCompression

/// Owns the descriptor: a file that is renamed or deleted meanwhile is read to its end all the same.
final class LogFileReader {
    let inode: UInt64
    let device: UInt64
    private let descriptor: Int32
    private let decoder: GzipDecoder?
    private(set) var offset = 0
    private var splitter = LineSplitter()
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

    /// Nil where there is no such file, or it is none to be read. A pipe or a device of that name is none of ours.
    init?(path: String) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
        var status = stat()
        let isFile = descriptor >= 0 && fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        inode = UInt64(status.st_ino)
        device = UInt64(status.st_dev)
        decoder = path.hasSuffix(LogFileName.compressedEnding) ? try? GzipDecoder() : nil
        guard isFile else { return nil }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        buffer.deallocate()
    }

    /// The whole lines between the last reading and the end of the file. A line without its end waits for it. False: the
    /// file is damaged behind what was read.
    @discardableResult
    func read(_ line: (UnsafeRawBufferPointer) -> Void) -> Bool {
        if decoder == nil { noticeCut() }
        while true {
            let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count == 0 }
            offset += count
            let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count])
            guard let decoder else {
                splitter.feed(bytes, line)
                continue
            }
            do throws(CompressionError) {
                try decoder.decode(bytes) { splitter.feed($0, line) }
            } catch {
                return false
            }
        }
    }

    /// A restart cuts off the half line of a crash; anybody may empty the file.
    private func noticeCut() {
        var status = stat()
        guard fstat(descriptor, &status) == 0, Int(status.st_size) < offset else { return }
        let isHalfLineAlone = Int(status.st_size) >= offset - splitter.pendingCount
        offset = isHalfLineAlone ? Int(status.st_size) : 0
        splitter.forget()
    }

    /// Lines that were left out because no line of ours is so long.
    var skippedLines: Int { splitter.skipped }
}
