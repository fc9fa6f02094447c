// What the service manager is told of our state: datagrams to the socket that NOTIFY_SOCKET names, as sd_notify(3) says. It owns
// no state; what is said when is the server's business.
package import Glibc
import Synchronization

/// Says nothing where nobody asked, and cannot fail the server.
package struct ServiceManager: Sendable {
    /// The socket's name, its first byte 0 where it is an abstract one; nil where nobody listens.
    private let socketName: [UInt8]?
    /// How long it waits for a sign of life; nil where it does not.
    let watchdog: Duration?

    /// `environment` is what the process was started with.
    package init(_ environment: [String: String], processID: pid_t = getpid()) {
        var name = environment["NOTIFY_SOCKET"].map { Array($0.utf8) } ?? []
        if name.first == UInt8(ascii: "@") { name[0] = 0 }
        let isSocket = name.first == 0 || name.first == UInt8(ascii: "/")
        socketName = isSocket && name.count < Self.longestName ? name : nil
        let isForUs = environment["WATCHDOG_PID"].map { $0 == String(processID) } ?? true
        let microseconds = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        watchdog = isForUs && microseconds > 0 ? .microseconds(microseconds) : nil
    }

    func tellReady(_ status: String) { tell("READY=1\nSTATUS=\(status)") }

    func tellReloading() {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        tell(
            "RELOADING=1\nMONOTONIC_USEC=\(now.tv_sec * 1_000_000 + now.tv_nsec / 1000)\nSTATUS=reading the configuration"
        )
    }

    func tellStopping() { tell("STOPPING=1\nSTATUS=letting running requests end") }

    func tellAlive() { tell("WATCHDOG=1") }

    /// Another process of ours is the service from now on.
    func tellSuccessor(_ processID: pid_t) { tell("MAINPID=\(processID)") }

    private static let longestName = MemoryLayout.size(ofValue: sockaddr_un().sun_path)

    /// A full queue of the manager loses the message rather than hold us up.
    private func tell(_ message: String) {
        guard let socketName else { return }
        let descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: socketName) }
        let length = MemoryLayout.offset(of: \sockaddr_un.sun_path)! + socketName.count
        let bytes = Array(message.utf8)
        // SAFETY: the address lives for the call, and `length` lies within it.
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(
                    descriptor, bytes, bytes.count, CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL), $0,
                    socklen_t(length))
            }
        }
    }
}
