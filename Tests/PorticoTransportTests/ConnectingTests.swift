// Opening connections: all the ways in which that ends.
import Glibc
import NIOCore
import PorticoTesting
import Testing

@testable import PorticoTransport

@Suite(.timeLimit(.minutes(5))) struct ConnectingTests {
    private static func connect(
        _ address: SocketAddress, on loop: TransportLoop, timeout: TimeAmount = .hours(1)
    ) -> EventLoopFuture<SocketChannel> {
        loop.flatSubmit { loop.connect(to: address, timeout: timeout) }
    }

    /// The error's code; nil where it connected or failed otherwise.
    private static func fault(_ address: SocketAddress, on loop: TransportLoop) async -> CInt? {
        do {
            let channel = try await connect(address, on: loop).get()
            channel.close(promise: nil)
            return nil
        } catch {
            return (error as? IOError)?.errnoCode
        }
    }

    @Test func `who is there is connected, reads and writes`() async throws {
        let group = try TransportGroup(threads: 1)
        let loop = group.nextLoop()
        let listener = ListeningEnd(backlog: 8)
        defer { listener.close() }
        let journal = Journal()
        let channel = try await loop.flatSubmit {
            loop.connect(to: listener.address, timeout: .hours(1)).flatMapThrowing { channel in
                try channel.pipeline.syncOperations.addHandler(journal)
                return channel
            }
        }.get()
        #expect(channel.isActive)
        #expect(channel.remoteAddress == listener.address)
        let peer = accept(listener.descriptor, nil, nil)
        #expect(send(peer, "ab", 2, 0) == 2)
        try await loop.flatSubmit { journal.until({ $0.bytes == Array("ab".utf8) }, on: loop) }.get()
        Glibc.close(peer)
        try await loop.flatSubmit { journal.until({ $0.events == ["inputClosed"] }, on: loop) }.get()
        try await group.shutdownGracefully()
    }

    @Test func `who is not there is told as the system tells it`() async throws {
        let group = try TransportGroup(threads: 1)
        let listener = ListeningEnd(backlog: 1)
        listener.close()
        #expect(await Self.fault(listener.address, on: group.nextLoop()) == ECONNREFUSED)
        let missing = try SocketAddress(unixDomainSocketPath: "/tmp/portico-nobody-\(getpid())")
        #expect(await Self.fault(missing, on: group.nextLoop()) == ENOENT)
        try await group.shutdownGracefully()
    }

    @Test func `a Unix socket that takes nobody more is a fault at once`() async throws {
        let folder = TempFolder()
        let address = try SocketAddress(unixDomainSocketPath: "\(folder.path)/full")
        let listener = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        defer { Glibc.close(listener) }
        #expect(address.withSockAddr { bind(listener, $0, socklen_t($1)) } == 0)
        #expect(listen(listener, 0) == 0)
        let group = try TransportGroup(threads: 1)
        let waiting = try await Self.connect(address, on: group.nextLoop()).get()
        #expect(await Self.fault(address, on: group.nextLoop()) == EAGAIN)
        #expect(waiting.isActive)
        try await group.shutdownGracefully()
    }

    /// Listens, but its queue is full: connections to it are never answered.
    private static func silent() -> (ListeningEnd, [CInt]) {
        let listener = ListeningEnd(backlog: 0)
        let waiting = (0..<8).map { _ in
            let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0)
            _ = listener.address.withSockAddr { Glibc.connect(descriptor, $0, socklen_t($1)) }
            return descriptor
        }
        return (listener, waiting)
    }

    @Test func `who does not answer in time is given up`() async throws {
        let group = try TransportGroup(threads: 1)
        let (listener, waiting) = Self.silent()
        let connected = Self.connect(listener.address, on: group.nextLoop(), timeout: .milliseconds(20))
        await #expect(throws: ChannelError.self) { _ = try await connected.get() }
        try await group.shutdownGracefully()
        for descriptor in waiting { Glibc.close(descriptor) }
        listener.close()
    }

    @Test func `a loop that stops gives up what it is connecting`() async throws {
        let group = try TransportGroup(threads: 1)
        let (listener, waiting) = Self.silent()
        let connected = Self.connect(listener.address, on: group.nextLoop())
        try await group.shutdownGracefully()
        await #expect(throws: (any Error).self) { _ = try await connected.get() }
        for descriptor in waiting { Glibc.close(descriptor) }
        listener.close()
    }
}
