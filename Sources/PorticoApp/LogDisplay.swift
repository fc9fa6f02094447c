// `portico logs` behind its command line: which files a configuration means, and where what is read goes.
import Glibc
package import PorticoConfig
package import PorticoLog

package enum LogDisplay {
    /// Nil where nothing has been logged yet.
    package static func reading(_ configuration: Configuration) -> LogReading? {
        var reading = LogReading(configuration.logging, name: configuration.application.name)
        reading.coloured = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == nil
        return reading.hasFiles ? reading : nil
    }

    /// Ends early where nobody reads any more.
    package static func run(_ reading: LogReading, following: Bool) {
        reading.run(following: following) { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                // SAFETY: the pointer is valid for the call, and its count is the buffer's.
                let written = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { return false }
                rest = rest.dropFirst(written)
            }
            return true
        }
    }
}
