// Who comes is let in, turned away or not heard. What happens without free descriptors is tried on a process of its own
// (scripts/tests/adversity.py).
import Glibc
import NIOCore
import Synchronization
import Testing

@testable import PorticoTransport

@Suite(.timeLimit(.minutes(5))) struct AcceptingTests {
    private static func client(_ address: SocketAddress) -> CInt {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let code = address.withSockAddr { connect(descriptor, $0, socklen_t($1)) }
        return code == 0 ? descriptor : -1
    }

    private static func answer(_ client: CInt) -> UInt8? {
        var byte: UInt8 = 0
        return recv(client, &byte, 1, 0) == 1 ? byte : nil
    }

    private struct Unwelcome: Error {}

    @Test func `all are let in that wait, though only some in each turn`() async throws {
        let group = try TransportGroup(threads: 1)
        let listener = ListeningEnd(backlog: 128)
        let clients = (0..<50).map { _ in Self.client(listener.address) }
        let acceptor = try await Acceptor.start(listener.descriptor, on: group.nextLoop()) { channel in
            #expect(channel.remoteAddress?.port != nil)
            channel.writeAndFlush(ByteBuffer(bytes: [7]), promise: nil)
        }
        for client in clients {
            #expect(Self.answer(client) == 7)
            Glibc.close(client)
        }
        await acceptor.close()
        #expect(Self.client(listener.address) == -1)
        try await group.shutdownGracefully()
    }

    @Test func `who is not welcome is closed, and those after it are let in`() async throws {
        let group = try TransportGroup(threads: 1)
        let listener = ListeningEnd(backlog: 128)
        let count = Mutex(0)
        let acceptor = try await Acceptor.start(listener.descriptor, on: group.nextLoop()) { channel in
            let number = count.withLock { count in
                count += 1
                return count
            }
            if number % 2 == 1 { throw Unwelcome() }
            channel.writeAndFlush(ByteBuffer(bytes: [7]), promise: nil)
        }
        var answers: [UInt8?] = []
        for _ in 0..<6 {
            let client = Self.client(listener.address)
            answers.append(Self.answer(client))
            Glibc.close(client)
        }
        #expect(answers == [nil, 7, nil, 7, nil, 7])
        await acceptor.close()
        try await group.shutdownGracefully()
    }

    @Test func `a loop that stops lets go of its listening sockets`() async throws {
        let group = try TransportGroup(threads: 1)
        let listener = ListeningEnd(backlog: 128)
        let acceptor = try await Acceptor.start(listener.descriptor, on: group.nextLoop()) { _ in }
        try await group.shutdownGracefully()
        #expect(Self.client(listener.address) == -1)
        await acceptor.close()
    }

    @Test func `what is no listening socket is refused or rests`() async throws {
        let group = try TransportGroup(threads: 1)
        await #expect(throws: IOError.self) {
            _ = try await Acceptor.start(-1, on: group.nextLoop()) { _ in }
        }
        // Announced again and again by the kernel, never acceptable.
        let closed = ListeningEnd(backlog: 1)
        shutdown(closed.descriptor, CInt(SHUT_RDWR))
        let acceptor = try await Acceptor.start(closed.descriptor, on: group.nextLoop()) { _ in }
        for _ in 0..<3 { try await group.nextLoop().submit {}.get() }
        #expect(try await group.nextLoop().submit { acceptor.interest.isEmpty }.get())
        await acceptor.close()
        try await group.shutdownGracefully()
    }
}
