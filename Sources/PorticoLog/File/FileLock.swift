// Who writes to a log file, or takes it away, does it alone: while one process takes another's place, two of them work in one
// folder. The lock is flock(2)'s; it ends with the descriptor, a crash included.
import Glibc

enum FileLock {
    /// Waits for another of ours, which holds it for a batch of lines and may have to wait for a processor meanwhile. False: a
    /// stranger holds it for longer, which is to keep nobody from writing.
    static func take(_ descriptor: Int32) -> Bool {
        for _ in 0..<5000 {
            if tryTake(descriptor) || errno != EWOULDBLOCK { return true }
            usleep(2000)
        }
        return false
    }

    static func tryTake(_ descriptor: Int32) -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

    static func give(_ descriptor: Int32) { _ = flock(descriptor, LOCK_UN) }

    /// Whether somebody works on the file at this path now.
    static func isTaken(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return !tryTake(descriptor) && errno == EWOULDBLOCK
    }
}
