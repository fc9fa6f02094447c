// Why a server could not start, in words that say what to do about it.
import Glibc
import NIOCore
import PorticoConfig

enum StartFailure: Error, CustomStringConvertible {
    case cannotListen(ListenAddress, any Error)
    case unusableCertificate(SSLSettings, any Error)

    var description: String {
        switch self {
        case .cannotListen(let address, let error): "cannot listen on \(address): \(Self.reason(error))"
        case .unusableCertificate(let settings, let error):
            "cannot use \(settings.certFile) with \(settings.keyFile): \(error)"
        }
    }

    static func reason(_ error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        switch error.errnoCode {
        case EADDRINUSE: return "the address is in use by another program"
        case EACCES: return "this user may not use it (ports below 1024 need CAP_NET_BIND_SERVICE)"
        case EADDRNOTAVAIL: return "no network interface has this address"
        default: return String(cString: strerror(error.errnoCode))
        }
    }
}
