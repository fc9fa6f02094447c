// Makes the folder that log files live in.
import Glibc

enum LogFolder {
    /// Makes `path` and what is missing above it.
    static func make(_ path: String) throws(LogFile.Fault) {
        var status = stat()
        if stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFDIR else { throw LogFile.Fault(code: ENOTDIR) }
            return
        }
        var made = path.hasPrefix("/") ? "" : "."
        for component in path.split(separator: "/") {
            made += "/" + component
            guard mkdir(made, 0o750) == 0 || errno == EEXIST || stat(made, &status) == 0 else {
                throw LogFile.Fault(code: errno)
            }
        }
    }
}
