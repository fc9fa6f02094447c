// A connection between a test, which holds a plain descriptor, and a channel on a loop of its own that writes down what it is told.
import Dispatch
import Glibc
import NIOCore
import PorticoTesting

@testable import PorticoTransport

final class Line: Sendable {
    enum Kind {
        case unix, tcp
    }

    let group: TransportGroup
    private let isGuest: Bool
    let loop: TransportLoop
    let channel: SocketChannel
    let journal: Journal
    /// The test's end; it waits, but not forever.
    let peer: CInt
    private let isPeerOpen = AtomicFlag(true)

    /// `readsPast`: bytes come past the pipeline. `host` lends its loop, and ends it.
    init(_ kind: Kind = .unix, readsPast: Bool = false, besides host: Line? = nil) async throws {
        let group = try host?.group ?? TransportGroup(threads: 1)
        let (ours, theirs) = kind == .unix ? Self.unixPair() : Self.tcpPair()
        _ = fcntl(ours, F_SETFL, O_NONBLOCK)
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(theirs, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
        let loop = host?.loop ?? group.nextLoop()
        let journal = Journal()
        self.group = group
        isGuest = host != nil
        self.loop = loop
        self.journal = journal
        peer = theirs
        channel = try await loop.submit {
            let channel = SocketChannel(ours, peer: nil, on: loop)
            channel.allowsHalfClosure = true
            if readsPast { channel.reader = journal }
            try channel.pipeline.syncOperations.addHandler(journal)
            try channel.activate()
            return channel
        }.get()
    }

    static func unixPair() -> (CInt, CInt) {
        var ends: [CInt] = [-1, -1]
        // A process that another test starts must not keep an end open.
        precondition(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0)
        return (ends[0], ends[1])
    }

    private static func tcpPair() -> (CInt, CInt) {
        let listener = ListeningEnd(backlog: 1)
        defer { listener.close() }
        let theirs = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        let code = listener.address.withSockAddr { connect(theirs, $0, socklen_t($1)) }
        precondition(code == 0)
        return (accept(listener.descriptor, nil, nil), theirs)
    }

    // MARK: On the loop

    @discardableResult
    func run<T: Sendable>(_ body: @escaping @Sendable (SocketChannel, Journal) throws -> T) async throws -> T {
        let (channel, journal) = (channel, journal)
        return try await loop.submit { try body(channel, journal) }.get()
    }

    func until(_ condition: @escaping @Sendable (Journal) -> Bool) async throws {
        let (loop, journal) = (loop, journal)
        try await loop.flatSubmit { journal.until(condition, on: loop) }.get()
    }

    /// What the kernel had to tell by now is told.
    func settle() async throws {
        for _ in 0..<3 { try await loop.submit {}.get() }
    }

    /// Keeps the loop busy until the semaphore is signalled: what comes meanwhile is told at once.
    func holdLoop() async -> DispatchSemaphore {
        let release = DispatchSemaphore(value: 0)
        let loop = loop
        await withCheckedContinuation { isHeld in
            loop.execute {
                isHeld.resume()
                release.wait()
            }
        }
        return release
    }

    // MARK: The peer

    func peerSends(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { send(peer, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// So many, or what comes before the end.
    func peerReads(_ most: Int = .max) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count < most {
            let count = recv(peer, &piece, min(piece.count, most - bytes.count), 0)
            guard count > 0 else { break }
            bytes += piece[..<count]
        }
        return bytes
    }

    func peerEndsItsHalf() { shutdown(peer, CInt(SHUT_WR)) }

    func peerCloses(withReset: Bool = false) {
        guard isPeerOpen.value else { return }
        isPeerOpen.value = false
        var option = linger(l_onoff: withReset ? 1 : 0, l_linger: 0)
        setsockopt(peer, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        Glibc.close(peer)
    }

    func end() async throws {
        peerCloses()
        if !isGuest { try await group.shutdownGracefully() }
    }
}

/// Listens on a free port of the loopback, and takes nobody by itself.
struct ListeningEnd {
    let descriptor: CInt
    let address: SocketAddress

    init(backlog: CInt) {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        let wanted = try! SocketAddress(ipAddress: "127.0.0.1", port: 0)
        let descriptor = descriptor
        precondition(wanted.withSockAddr { bind(descriptor, $0, socklen_t($1)) } == 0)
        precondition(listen(descriptor, backlog) == 0)
        address = try! SocketName.local(descriptor)
    }

    func close() { Glibc.close(descriptor) }
}

// SAFETY: used on the loop only.
final class Journal: ChannelInboundHandler, RemovableChannelHandler, SocketReader, @unchecked Sendable {
    typealias InboundIn = ByteBuffer

    private(set) var events: [String] = []
    var bytes: [UInt8] = []
    private(set) var reads = 0
    /// Bytes that a test took past the channel.
    var takenElsewhere = 0
    var onRead: ((ByteBuffer) -> Void)?
    var onWritable: (() -> Void)?
    private var awaited: [(condition: @Sendable (Journal) -> Bool, promise: EventLoopPromise<Void>)] = []

    func until(_ condition: @escaping @Sendable (Journal) -> Bool, on loop: TransportLoop) -> EventLoopFuture<Void> {
        guard !condition(self) else { return loop.makeSucceededVoidFuture() }
        let promise = loop.makePromise(of: Void.self)
        awaited.append((condition, promise))
        return promise.futureResult
    }

    private func note(_ event: String? = nil) {
        if let event { events.append(event) }
        let met = awaited.filter { $0.condition(self) }
        awaited.removeAll { $0.condition(self) }
        for one in met { one.promise.succeed() }
    }

    func received(_ bytes: ByteBuffer) {
        reads += 1
        self.bytes += bytes.readableBytesView
        onRead?(bytes)
        note()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { received(unwrapInboundIn(data)) }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        note(context.channel.isWritable ? "writable" : "full")
        if context.channel.isWritable { onWritable?() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent { note("\(event)") }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { note("error") }

    func channelInactive(context: ChannelHandlerContext) { note("inactive") }

    func handlerRemoved(context: ChannelHandlerContext) {
        if let socket = context.channel as? SocketChannel, socket.reader === self { socket.reader = nil }
        (onRead, onWritable) = (nil, nil)
        note("removed")
    }
}
