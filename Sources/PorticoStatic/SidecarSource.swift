// A file to compress, read once, and how its sidecars are written: whole or not at all, and never newer than what they
// were made from.
import Glibc
import PorticoCore
import SwiftOverlayShims

struct SidecarSource {
    let bytes: [UInt8]
    private let status: stat

    /// Nil with `errno` where it cannot be read, or is no plain file within the limit.
    init?(_ path: String, limit: Int) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= limit else {
            errno = EINVAL
            return nil
        }
        let size = Int(status.st_size)
        bytes = [UInt8](unsafeUninitializedCapacity: size) { space, count in
            while count < size {
                let got = read(descriptor, space.baseAddress! + count, size - count)
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { break }
                count += got
            }
        }
        guard bytes.count == size else {
            errno = EAGAIN
            return nil
        }
        self.status = status
    }

    /// Written beside, then renamed: a server never sees half of it. It takes the file's rights and its time: once the file
    /// is changed, the sidecar is older than it, be it within the same second.
    func write(_ coded: [UInt8], to path: String) -> Bool {
        // A hidden name, which is not served while it is written.
        let name = path.utf8.lastIndex(of: 0x2F).map { path.utf8.index(after: $0) } ?? path.startIndex
        var beside = Array((path[..<name] + "." + path[name...] + ".XXXXXX").utf8CString)
        let descriptor = mkstemp(&beside)
        guard descriptor >= 0 else { return false }
        var isWhole = coded.withUnsafeBytes { $0.writeAll(to: descriptor) }
        if isWhole {
            fchmod(descriptor, status.st_mode & 0o777)
            // Where this is not allowed, the sidecar is the caller's own; it can still be read by its mode.
            _ = fchown(descriptor, status.st_uid, status.st_gid)
            let times = [status.st_mtim, status.st_mtim]
            isWhole = futimens(descriptor, times) == 0
        }
        let code = errno
        close(descriptor)
        if isWhole, rename(beside, path) == 0 { return true }
        let failure = isWhole ? errno : code
        unlink(beside)
        errno = failure
        return false
    }
}
