// Opening connections to names with several addresses, over real sockets.
import NIOCore
import NIOPosix
import PorticoConfig
import PorticoCore
import PorticoTesting
import PorticoTransport
import Synchronization
import Testing

@testable import PorticoUpstream

@Suite struct OpeningTests {
    private static func loopback(_ port: Int) -> SocketAddress {
        try! SocketAddress(ipAddress: "127.0.0.1", port: port)
    }

    private static func refusingPort() throws -> Int {
        let backend = try FakeBackend { _ in [] }
        backend.stop()
        return backend.port
    }

    /// The kind of error, or nil where a connection was opened; and how long it took.
    private func open(
        _ place: Endpoint.Place, timeout: Interval = .seconds(60), patience: TimeAmount = .milliseconds(250),
        times: Int = 1
    ) async throws -> [PorticoError.Kind?] {
        let endpoint = Endpoint(place, connectTimeout: timeout)
        let group = try TransportGroup(threads: 1)
        let loop = group.nextLoop()
        var outcomes: [PorticoError.Kind?] = []
        for _ in 0..<times {
            let promise = loop.makePromise(of: PorticoError.Kind?.self)
            loop.execute {
                Opening.start(endpoint, on: loop, patience: patience) { outcome in
                    switch outcome {
                    case .success(let channel):
                        channel.close(promise: nil)
                        promise.succeed(nil)
                    case .failure(let error): promise.succeed(error.kind)
                    }
                }
            }
            try await outcomes.append(promise.futureResult.get())
        }
        try await group.shutdownGracefully()
        return outcomes
    }

    @Test func `an address that refuses gives way to the next`() async throws {
        let backend = try FakeBackend { _ in [.awaitEnd] }
        defer { backend.stop() }
        let addresses = [Self.loopback(try Self.refusingPort()), Self.loopback(backend.port)]
        let name = ResolvedName(host: "several", port: 1) { _, _ in addresses }
        #expect(try await open(.name(name), times: 6) == Array(repeating: nil, count: 6))
    }

    @Test func `connections are spread over the addresses`() async throws {
        let backends = try (0..<3).map { _ in try FakeBackend { _ in [.awaitEnd] } }
        defer { for backend in backends { backend.stop() } }
        let addresses = backends.map { Self.loopback($0.port) }
        let name = ResolvedName(host: "several", port: 1) { _, _ in addresses }
        // Patient enough that no address seems to dawdle on a busy machine.
        let outcomes = try await open(.name(name), timeout: .seconds(300), patience: .seconds(300), times: 9)
        #expect(outcomes == Array(repeating: nil, count: 9))
        for backend in backends { #expect(backend.ending(of: 2) != nil) }
        #expect(backends.map(\.connectionCount) == [3, 3, 3])
    }

    @Test func `an address that dawdles gets company of the next`() async throws {
        // Its queue is full with the one connection that the kernel takes beyond a backlog of 0.
        let deaf = try FakeBackend(backlog: 0, isDeaf: true) { _ in [] }
        let backend = try FakeBackend { _ in [.awaitEnd] }
        defer { for backend in [deaf, backend] { backend.stop() } }
        let queued = try RawClient(deaf.port)
        defer { withExtendedLifetime(queued) {} }
        let addresses = [Self.loopback(deaf.port), Self.loopback(backend.port)]
        let name = ResolvedName(host: "several", port: 1) { _, _ in addresses }
        let outcomes = try await open(.name(name), timeout: .seconds(30), patience: .milliseconds(10), times: 4)
        #expect(outcomes == [nil, nil, nil, nil])
    }

    @Test func `when all refuse, it is a refusal, and the name is asked anew`() async throws {
        let asked = Mutex(0)
        let addresses = [Self.loopback(try Self.refusingPort()), Self.loopback(try Self.refusingPort())]
        let name = ResolvedName(host: "several", port: 1) { _, _ in
            asked.withLock { $0 += 1 }
            return addresses
        }
        #expect(try await open(.name(name)) == [.connectRefused])
        let end = MonotonicTime.now() + .seconds(30)
        while asked.withLock({ $0 }) < 2, .now() < end {
            try await Task.sleep(for: .milliseconds(50))
            _ = try await open(.name(name))
        }
        #expect(asked.withLock { $0 } >= 2)
    }

    @Test func `while the resolver fails, connections go where they went`() async throws {
        let backend = try FakeBackend { _ in [.awaitEnd] }
        defer { backend.stop() }
        let asked = Mutex(0)
        let name = ResolvedName(host: "lost", port: 1) { _, _ in
            asked.withLock { count in
                count += 1
                return count == 1 ? [Self.loopback(backend.port)] : []
            }
        } lifetime: { _, _ in
            .seconds(5)
        }
        #expect(try await open(.name(name)) == [nil])
        // Long after its time to live.
        let later = MonotonicTime.now() + .seconds(100)
        name.refresh(later)
        let end = MonotonicTime.now() + .seconds(30)
        while asked.withLock({ $0 }) < 2, .now() < end { try await Task.sleep(for: .milliseconds(5)) }
        #expect(asked.withLock { $0 } == 2)
        #expect(try await open(.name(name)) == [nil])
    }

    @Test func `a name without addresses does not resolve`() async throws {
        let name = ResolvedName(host: "none", port: 1) { _, _ in [] }
        #expect(try await open(.name(name), times: 2) == [.resolveFailed, .resolveFailed])
    }

    @Test func `a resolver that hangs costs the time to connect and no more`() async throws {
        let release = Mutex(false)
        let name = ResolvedName(host: "slow", port: 1) { _, _ in
            while !release.withLock({ $0 }) { RawClient.sleep(.milliseconds(10)) }
            return []
        }
        #expect(try await open(.name(name), timeout: .milliseconds(200)) == [.connectTimeout])
        release.withLock { $0 = true }
    }

    @Test func `an address that stays silent is passed over, and its name asked anew`() async throws {
        let deaf = try FakeBackend(backlog: 0, isDeaf: true) { _ in [] }
        defer { deaf.stop() }
        let queued = try RawClient(deaf.port)
        defer { withExtendedLifetime(queued) {} }
        let asked = Mutex(0)
        let name = ResolvedName(host: "silent", port: 1) { _, _ in
            asked.withLock { $0 += 1 }
            return [Self.loopback(deaf.port)]
        } lifetime: { _, _ in
            .seconds(3600)
        }
        #expect(try await open(.name(name), timeout: .milliseconds(300)) == [.connectTimeout])
        // Nobody is asked twice within a second.
        try await Task.sleep(for: .milliseconds(1100))
        #expect(try await open(.name(name), timeout: .milliseconds(300)) == [.connectTimeout])
        for _ in 0..<600 where asked.withLock({ $0 }) < 2 { try await Task.sleep(for: .milliseconds(50)) }
        #expect(asked.withLock { $0 } == 2)
    }

    @Test func `resolvers that hang keep nobody from the threads that files are read by`() async throws {
        let release = Mutex(false)
        // As many as a small machine has threads for files; other tests need some of those for names.
        for number in 0..<2 {
            ResolvedName(host: "slow\(number)", port: 1) { _, _ in
                while !release.withLock({ $0 }) { RawClient.sleep(.milliseconds(10)) }
                return []
            }.refresh(.now())
        }
        let rescue = Task {
            try await Task.sleep(for: .seconds(60))
            release.withLock { $0 = true }
        }
        try await NIOThreadPool.singleton.runIfActive { #expect(!release.withLock { $0 }) }
        rescue.cancel()
        release.withLock { $0 = true }
    }

    @Test func `an address that connects while another's handshake runs is let go`() async throws {
        // Both never say a word. The first has no room: the kernel takes the connection when it asks again, a second later.
        let full = try FullListener()
        let backend = try FakeBackend { _ in [.awaitEnd] }
        defer { backend.stop() }
        // The second has the first turn.
        let addresses = [Self.loopback(backend.port), Self.loopback(full.port)]
        let name = ResolvedName(host: "several", port: 1) { _, _ in addresses }
        var contexts = UpstreamTLSContexts()
        let tls = try contexts.tls(UpstreamTLSSettings(), host: "several", speaksHTTP2: false)
        let group = try TransportGroup(threads: 1)
        let loop = group.nextLoop()
        let promise = loop.makePromise(of: Void.self)
        loop.execute {
            let endpoint = Endpoint(.name(name), tls: tls, connectTimeout: .seconds(300))
            Opening.start(endpoint, on: loop, patience: .milliseconds(10)) { _ in promise.succeed() }
        }
        let said = try await Crowd.run(1) { _ in
            while backend.connectionCount == 0 { RawClient.sleep(.milliseconds(10)) }
            return full.bytesOfTheNext()
        }
        #expect(said == [0])
        backend.stop()
        try await promise.futureResult.get()
        try await group.shutdownGracefully()
    }

    @Test func `localhost resolves`() {
        let addresses = SystemResolver.addresses(host: "localhost", port: 81)
        #expect(addresses.contains { $0.ipAddress == "127.0.0.1" && $0.port == 81 })
        #expect(SystemResolver.addresses(host: "no-such-host.invalid", port: 81).isEmpty)
    }
}
