// What went wrong with a socket, in the system's own words.
import Glibc
import NIOCore

package enum FaultText {
    /// Such as `connection refused`; what is no fault of the system says itself.
    package static func of(_ error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        return String(cString: strerror(error.errnoCode)).lowercased()
    }
}
