// A listening socket on a loop: takes the connections that come and hands them over. Who is let in is decided by what it is given.
import CLinux
import Glibc
import NIOCore

package final class Acceptor: Pollable, @unchecked Sendable {
    private let welcome: (SocketChannel) throws -> Void

    /// Taken for each announcement: others on the loop have their turn.
    private static let most = 16
    /// Without a free descriptor, or on a socket that listens no more, nobody can be let in, and the kernel announces who waits again and
    /// again: then the socket rests instead of spinning.
    private static let rest = TimeAmount.milliseconds(100)

    private init(_ descriptor: CInt, on loop: TransportLoop, _ welcome: @escaping (SocketChannel) throws -> Void) {
        self.welcome = welcome
        super.init(descriptor, on: loop)
    }

    /// Owns `descriptor`, which listens, also where it throws. `welcome` furnishes each new connection's pipeline on the loop; where it
    /// throws, the connection is closed.
    package static func start(
        _ descriptor: CInt, on loop: TransportLoop, _ welcome: @escaping @Sendable (SocketChannel) throws -> Void
    ) async throws -> Acceptor {
        try await loop.submit {
            let acceptor = Acceptor(descriptor, on: loop, welcome)
            do {
                let flags = fcntl(descriptor, F_GETFL)
                guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) >= 0 else {
                    throw IOError(errnoCode: errno, reason: "fcntl")
                }
                // Accepted sockets have it from here.
                acceptor.sendAtOnce()
                try acceptor.watch(.input)
                return acceptor
            } catch {
                acceptor.closeDescriptor()
                throw error
            }
        }.get()
    }

    package func close() async { try? await loop.submit { self.closeDescriptor() }.get() }

    override func abandon() { closeDescriptor() }

    override func ready(_ readiness: Readiness) {
        for _ in 0..<Self.most where isOpen {
            var storage = sockaddr_storage()
            let accepted = SocketName.filling(&storage) {
                accept4(descriptor, $0, $1, CInt(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
            }
            guard accepted >= 0 else {
                switch errno {
                case EAGAIN: return
                case EMFILE, ENFILE, ENOBUFS, ENOMEM, EINVAL: return pause()
                // A client that left before it was let in, or that the network lost (accept(2)): the next one.
                default: continue
                }
            }
            begin(SocketChannel(accepted, peer: SocketName.address(storage), on: loop))
        }
    }

    private func begin(_ channel: SocketChannel) {
        do {
            try welcome(channel)
            try channel.activate()
        } catch {
            channel.close0(error: error, mode: .all, promise: nil)
        }
    }

    private func pause() {
        unwatch()
        loop.assumeIsolated().scheduleTask(in: Self.rest) { try? self.watch(.input) }
    }
}
