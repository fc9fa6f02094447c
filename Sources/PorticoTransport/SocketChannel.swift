// A connected stream socket as one of NIO's channels: its life from connecting to the last callback. How it reads and writes is in the
// files beside this one; no protocol is known here.
import CLinux
import Glibc
package import NIOCore
import Synchronization

/// The handler that stands alone in a plain connection's pipeline: it gets bytes past the pipeline, but for those that went by a shortcut.
package protocol SocketReader: AnyObject {
    func received(_ bytes: ByteBuffer)
}

// SAFETY: confined to the loop but for `allocator`, `pipeline`, `remoteAddress`, `closeFuture` and the two atomics.
package final class SocketChannel: Pollable, Channel, ChannelCore, @unchecked Sendable {
    package let allocator = ByteBufferAllocator()
    // SAFETY: set once, before anybody else has the channel.
    nonisolated(unsafe) private var ownPipeline: ChannelPipeline!
    package let remoteAddress: SocketAddress?
    private let closed: EventLoopPromise<Void>
    private let active = Atomic(false)
    let writable = Atomic(true)
    private var connecting: EventLoopPromise<Void>?

    // MARK: Reading
    /// To be let go when the handler leaves the pipeline.
    package var reader: (any SocketReader)? {
        didSet { company.0 = reader.map { Prefetch.address(of: $0) } }
    }
    /// Gone when the channel closes: two channels may lead to each other.
    var shortcut: SocketShortcut?
    /// Bytes went by a shortcut, this one's or one that leads here.
    var hasPassed = false
    package var readSizes = ReadSizes(smallest: 2048, largest: 64 << 10)
    /// Whether it reads on by itself; otherwise each `read` of the pipeline lets it read once.
    var readsOn = true
    var wantsRead = false
    var hasInputEnded = false
    /// The peer may end its half and still be written to.
    package var allowsHalfClosure = false

    /// What the reader will need at once when bytes come; it is not kept.
    package func prefetches(_ partner: AnyObject) { company.1 = Prefetch.address(of: partner) }

    /// The kernel has told what is still there, and tells it again only if asked again.
    var asksAgain = false

    // MARK: Writing
    var pending = PendingWrites()
    var isWriting = false
    /// The kernel takes no more for now.
    var awaitsRoom = false
    var outputEnd = OutputEnd.none

    /// Our half of the stream.
    enum OutputEnd {
        case none
        /// Behind what is pending.
        case asked(EventLoopPromise<Void>?)
        case done
    }

    /// Owns `descriptor`, a stream socket that does not block.
    init(_ descriptor: CInt, peer: SocketAddress?, on loop: TransportLoop) {
        remoteAddress = peer
        closed = loop.makePromise(of: Void.self)
        super.init(descriptor, on: loop)
        ownPipeline = ChannelPipeline(channel: self)
    }

    package var eventLoop: any EventLoop { loop }
    package var pipeline: ChannelPipeline { ownPipeline }
    package var closeFuture: EventLoopFuture<Void> { closed.futureResult }
    package var parent: (any Channel)? { nil }
    package var isActive: Bool { active.load(ordering: .relaxed) }
    package var isWritable: Bool { writable.load(ordering: .relaxed) }
    package var _channelCore: any ChannelCore { self }
    package var localAddress: SocketAddress? { try? localAddress0() }
    /// Bytes that wait to be written.
    package var waitingBytes: Int { pending.byteCount }

    // MARK: Beginning

    /// An accepted or connected socket begins to be served.
    func activate() throws {
        try watch(readsOn ? [.edge, .input] : .edge)
        active.store(true, ordering: .relaxed)
        pipeline.syncOperations.fireChannelRegistered()
        pipeline.syncOperations.fireChannelActive()
        readOn()
    }

    /// The socket is being connected: how that ends. Where it throws, the channel is closed.
    func awaitConnection() throws -> EventLoopFuture<Void> {
        do { try watch([.edge, .output]) } catch {
            abandon()
            throw error
        }
        let connected = loop.makePromise(of: Void.self)
        connecting = connected
        return connected.futureResult
    }

    private func finishConnecting(_ connected: EventLoopPromise<Void>) {
        connecting = nil
        let code = socketError
        guard code == 0 else {
            let error = IOError(errnoCode: code, reason: "connect")
            close0(error: error, mode: .all, promise: nil)
            return connected.fail(error)
        }
        do {
            try activate()
            connected.succeed()
        } catch {
            close0(error: error, mode: .all, promise: nil)
            connected.fail(error)
        }
    }

    // MARK: Events

    override func ready(_ readiness: Readiness) {
        if let connecting { return finishConnecting(connecting) }
        if !readiness.isDisjoint(with: .output) { roomCame() }
        if !readiness.isDisjoint(with: .input), isOpen { bytesCame(isLast: readiness.contains(.end)) }
        if !readiness.isDisjoint(with: .fault), isOpen { broke() }
        if !readiness.isDisjoint(with: .hangup), isOpen { hungUp() }
    }

    override func abandon() { close0(error: ChannelError.ioOnClosedChannel, mode: .all, promise: nil) }

    /// Reset by the peer. What came before is delivered first.
    private func broke() {
        readAll()
        guard isOpen else { return }
        let code = socketError
        fail(IOError(errnoCode: code == 0 ? ECONNRESET : code, reason: "connection reset"))
    }

    /// Both halves are over: ours was ended, or the peer of a Unix socket closed. What the kernel still holds is read as it is asked for.
    private func hungUp() {
        // Who reads on has heard the last byte, and nobody is left to be written to.
        if hasInputEnded, readsOn { return fail(IOError(errnoCode: ECONNRESET, reason: "closed by the peer")) }
        if awaitsRoom || (wantsRead && !hasInputEnded) { return }
        // It would be told again and again; whoever reads on asks anew.
        unwatch()
    }

    func fail(_ error: any Error) {
        pipeline.syncOperations.fireErrorCaught(error)
        if isOpen { close0(error: error, mode: .all, promise: nil) }
    }

    // MARK: The end

    package func close0(error: any Error, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard isOpen else { return promise?.fail(ChannelError.alreadyClosed) ?? () }
        switch mode {
        case .all: closeAll(error, promise)
        case .output: closeOutput(promise)
        case .input: promise?.fail(ChannelError.operationUnsupported)
        }
    }

    private func closeAll(_ error: any Error, _ promise: EventLoopPromise<Void>?) {
        closeDescriptor()
        shortcut = nil
        let wasActive = active.exchange(false, ordering: .relaxed)
        writable.store(false, ordering: .relaxed)
        connecting?.fail(error)
        connecting = nil
        for promise in pending.takeAll() { promise.fail(error) }
        if case .asked(let promise) = outputEnd { promise?.fail(error) }
        outputEnd = .done
        promise?.succeed()
        if wasActive {
            pipeline.syncOperations.fireChannelInactive()
            pipeline.syncOperations.fireChannelUnregistered()
        }
        // Later: whoever closes may stand in the middle of the pipeline.
        loop.execute {
            self.removeHandlers(pipeline: self.pipeline)
            self.closed.succeed()
        }
    }

    /// From now on closing sends a reset instead of a clean end, so that the peer sees that the stream was cut.
    package func resetOnClose() {
        guard isOpen else { return }
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    private var socketError: CInt {
        var code: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 ? code : errno
    }

    // MARK: What NIO asks of a channel

    package func localAddress0() throws -> SocketAddress {
        guard isOpen else { throw ChannelError.ioOnClosedChannel }
        return try SocketName.local(descriptor)
    }

    package func remoteAddress0() throws -> SocketAddress {
        guard let remoteAddress else { throw ChannelError.operationUnsupported }
        return remoteAddress
    }

    package func register0(promise: EventLoopPromise<Void>?) { promise?.fail(ChannelError.operationUnsupported) }

    package func registerAlreadyConfigured0(promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }

    package func bind0(to: SocketAddress, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }

    package func connect0(to: SocketAddress, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }

    package func triggerUserOutboundEvent0(_ event: Any, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }

    package func channelRead0(_ data: NIOAny) {}

    package func errorCaught0(error: any Error) {}
}
