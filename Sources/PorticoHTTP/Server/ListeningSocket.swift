// Listening sockets as the system knows them: made, or taken over from whoever started us, before an event loop has them. What
// is accepted from them is the listener's business.
import Glibc
import NIOCore
import PorticoConfig
import PorticoTransport

enum ListeningSocket {
    private static let backlog: CInt = 1024

    /// `count` of them that share the address, all or none; a Unix socket cannot be shared.
    static func open(_ address: ListenAddress, count: Int) throws -> [CInt] {
        var descriptors: [CInt] = []
        do {
            switch address {
            case .tcp(let host, var port):
                try probe(host: host, port: port)
                for _ in 0..<count {
                    try descriptors.append(tcp(host: host, port: port))
                    if case .tcp(_, let bound)? = self.address(of: descriptors[0]) { port = bound }
                }
            case .unix(let path):
                try probe(path: path)
                try descriptors.append(unix(path: path))
            }
            return descriptors
        } catch {
            for descriptor in descriptors { Glibc.close(descriptor) }
            throw error
        }
    }

    /// Shared by SO_REUSEPORT with those of our other loops.
    static func tcp(host: String, port: Int) throws -> CInt {
        let address = try SocketAddress.makeAddressResolvingHost(host, port: port)
        let descriptor = try make(address)
        return try closingOnFault(descriptor) {
            try set(SO_REUSEADDR, of: descriptor)
            try set(SO_REUSEPORT, of: descriptor)
            try bind(descriptor, to: address)
        }
    }

    static func unix(path: String) throws -> CInt {
        let address = try SocketAddress(unixDomainSocketPath: path)
        // One that was left behind; another kind of file stays, and is the reason of the failure.
        var found = stat()
        if lstat(path, &found) == 0, found.st_mode & S_IFMT == S_IFSOCK { unlink(path) }
        let descriptor = try make(address)
        return try closingOnFault(descriptor) { try bind(descriptor, to: address) }
    }

    /// SO_REUSEPORT would let a second server share the port unnoticed: without it, the address must be free first.
    /// Bound, not listening: nobody may connect to what is closed again at once.
    private static func probe(host: String, port: Int) throws {
        guard port != 0 else { return }
        let address = try SocketAddress.makeAddressResolvingHost(host, port: port)
        let descriptor = try make(address)
        defer { Glibc.close(descriptor) }
        try set(SO_REUSEADDR, of: descriptor)
        let outcome = address.withSockAddr { Glibc.bind(descriptor, $0, socklen_t($1)) }
        guard outcome == 0 else { throw IOError(errnoCode: errno, reason: "bind") }
    }

    /// A socket file is replaced where it was left behind, never where somebody still listens.
    private static func probe(path: String) throws {
        let address = try SocketAddress(unixDomainSocketPath: path)
        let descriptor = try make(address, flags: CInt(SOCK_NONBLOCK.rawValue))
        defer { Glibc.close(descriptor) }
        let outcome = address.withSockAddr { connect(descriptor, $0, socklen_t($1)) }
        // EAGAIN: more wait to be accepted than there is room for.
        guard outcome == 0 || errno == EAGAIN else { return }
        throw IOError(errnoCode: EADDRINUSE, reason: "listening on \(path)")
    }

    /// The same socket once more, for another loop.
    static func copy(_ descriptor: CInt) throws -> CInt {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { throw IOError(errnoCode: errno, reason: "dup") }
        return copy
    }

    /// Where it is bound; nil where it is no socket that listens for streams.
    static func address(of descriptor: CInt) -> ListenAddress? {
        var listens: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0, listens != 0 else { return nil }
        return (try? SocketName.local(descriptor)).flatMap(ListenAddress.init)
    }

    private static func make(_ address: SocketAddress, flags: CInt = 0) throws -> CInt {
        let family =
            switch address {
            case .v4: AF_INET
            case .v6: AF_INET6
            case .unixDomainSocket: AF_UNIX
            }
        let descriptor = socket(family, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | flags, 0)
        guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
        return descriptor
    }

    private static func set(_ option: CInt, of descriptor: CInt) throws {
        var one: CInt = 1
        guard setsockopt(descriptor, SOL_SOCKET, option, &one, socklen_t(MemoryLayout<CInt>.size)) == 0 else {
            throw IOError(errnoCode: errno, reason: "setsockopt")
        }
    }

    private static func bind(_ descriptor: CInt, to address: SocketAddress) throws {
        let outcome = address.withSockAddr { Glibc.bind(descriptor, $0, socklen_t($1)) }
        guard outcome == 0, listen(descriptor, backlog) == 0 else { throw IOError(errnoCode: errno, reason: "bind") }
    }

    private static func closingOnFault(_ descriptor: CInt, _ body: () throws -> Void) throws -> CInt {
        do {
            try body()
            return descriptor
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }
}

extension ListenAddress {
    /// As the system writes it.
    init?(_ address: SocketAddress) {
        if let path = address.pathname {
            self = .unix(path: path)
            return
        }
        guard let host = address.ipAddress, let port = address.port else { return nil }
        self = .tcp(host: host, port: port)
    }
}
