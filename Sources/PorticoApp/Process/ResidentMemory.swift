// What the process holds of the machine's memory, as the system counts it.
import Glibc

/// The file stays open: asking costs one call.
final class ResidentMemory: Sendable {
    private let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
    private let pageSize = sysconf(CInt(_SC_PAGESIZE))

    deinit { close(descriptor) }

    /// 0 where the system does not say.
    var bytes: Int {
        var text = [UInt8](repeating: 0, count: 128)
        let count = pread(descriptor, &text, text.count, 0)
        guard count > 0 else { return 0 }
        let words = text[..<count].split(separator: UInt8(ascii: " "))
        guard words.count > 1 else { return 0 }
        return words[1].reduce(0) { $0 * 10 + Int($1 & 0x0F) } * pageSize
    }
}
