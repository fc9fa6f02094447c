// Copies a file in gzip's form, a piece at a time: memory does not grow with the file.
import Glibc
import PorticoCompression
import PorticoCore

enum GzipFile {
    private static let piece = 256 << 10

    /// The copy has the plain file's permissions and times and lies on the disk when this returns true. A copy that failed
    /// stays as it is: the caller removes it.
    static func write(_ path: String, to target: String) -> Bool {
        let source = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard source >= 0 else { return false }
        defer { close(source) }
        var status = stat()
        guard fstat(source, &status) == 0 else { return false }
        let copy = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, status.st_mode & 0o777)
        guard copy >= 0 else { return false }
        defer { close(copy) }
        guard encode(from: source, to: copy), fchmod(copy, status.st_mode & 0o777) == 0 else { return false }
        let times = [status.st_atim, status.st_mtim]
        return futimens(copy, times) == 0 && fsync(copy) == 0
    }

    private static func encode(from source: Int32, to target: Int32) -> Bool {
        // Log lines shrink to a tenth at any level; what a higher one costs per line is that of the request itself.
        guard let encoder = try? GzipEncoder(level: .instant) else { return false }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: piece, alignment: 16)
        defer { buffer.deallocate() }
        var isSound = true
        while isSound {
            let count = read(source, buffer.baseAddress, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            do throws(CompressionError) {
                try encoder.encode(bytes, count == 0 ? .finish : .gather) {
                    isSound = isSound && $0.writeAll(to: target)
                }
            } catch {
                return false
            }
            if count == 0 { return isSound }
        }
        return false
    }
}
