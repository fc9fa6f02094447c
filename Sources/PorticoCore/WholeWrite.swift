// Writes all of some bytes to a file descriptor, however many calls it takes. For files; who waits on sockets does it otherwise.
import Glibc

extension UnsafeRawBufferPointer {
    /// False with `errno` where not all could be written.
    package func writeAll(to descriptor: CInt) -> Bool {
        guard let start = baseAddress else { return true }
        var written = 0
        while written < count {
            let taken = write(descriptor, start + written, count - written)
            if taken < 0, errno == EINTR { continue }
            guard taken > 0 else { return false }
            written += taken
        }
        return true
    }
}
