// Reads the configuration file's bytes, bounded, and says in words why it could not.
import Glibc

enum ConfigFile {
    /// More is no configuration.
    static let largest = 4 << 20

    /// The bytes of a regular file (or of a pipe such as /dev/stdin).
    static func read(_ path: String) throws(TextProblem) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw TextProblem(reason(errno)) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw TextProblem(reason(errno)) }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw TextProblem("is a directory, expected a file") }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw TextProblem(reason(errno)) }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= largest else { throw TextProblem("is larger than \(largest >> 20) MiB") }
        }
    }

    private static func reason(_ code: Int32) -> String {
        switch code {
        case ENOENT: "no such file"
        case EACCES: "permission denied"
        default: "cannot be read: \(String(cString: strerror(code)))"
        }
    }
}
