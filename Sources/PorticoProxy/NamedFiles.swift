// The files that a route's settings name, as they were when it was compiled: they may change while the settings do not.
import Glibc
import PorticoConfig

struct NamedFiles: Sendable, Equatable {
    /// What another content shows by; zeros for what is not there.
    private struct Stamp: Sendable, Equatable {
        let inode: UInt
        let size: Int
        let seconds: Int
        let nanoseconds: Int
    }

    private let stamps: [Stamp]

    init(of settings: ProxySettings) {
        let tls = settings.tls
        let paths = [
            tls.caFile, tls.certFile, tls.keyFile, settings.sticky.secretFile, settings.fallback?.file ?? "",
        ]
        stamps = paths.filter { !$0.isEmpty }.map(Self.stamp)
    }

    private static func stamp(_ path: String) -> Stamp {
        var status = stat()
        _ = stat(path, &status)
        return Stamp(
            inode: UInt(status.st_ino), size: Int(status.st_size), seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec)
    }
}
