// The HTTP/1.1 connections of one event loop to one backend address: idle ones, newest first, and the opening of new ones. A
// connection is handed out only if its backend has not closed it.
import Glibc
package import NIOCore
import NIOPosix
package import PorticoConfig
package import PorticoCore

package final class HTTP1Pool: UpstreamPool {
    private let address: TargetAddress
    private let maxIdle: Int
    private let idleTimeout: Interval
    private let maxLifetime: Interval
    private let connectTimeout: Interval
    /// Newest last.
    private var idle: [UpstreamConnection] = []
    private var all: [UpstreamConnection] = []

    package init(eventLoop: any EventLoop, address: TargetAddress, settings: PoolSettings, connectTimeout: Interval) {
        self.address = address
        maxIdle = settings.maxIdle
        idleTimeout = Interval(settings.idleTimeout)
        maxLifetime = Interval(settings.maxLifetime)
        self.connectTimeout = connectTimeout
        super.init(eventLoop: eventLoop)
    }

    package override var openCount: Int { all.count }

    // MARK: Handing out

    /// An idle connection that is still open, if there is one. `carefully` asks the kernel even of one that was used
    /// just now: for requests that must not be sent twice.
    package override func take(carefully: Bool) -> UpstreamStream? {
        if all.isEmpty { now = .now() }
        while let connection = idle.popLast() {
            if isUsable(connection),
                !(carefully || now - connection.idleSince > .milliseconds(250))
                    || connection.isStillOpen
            {
                return connection
            }
            connection.cancel()
        }
        return nil
    }

    private func isUsable(_ connection: UpstreamConnection) -> Bool {
        now - connection.idleSince < idleLimit(connection) && now - connection.opened < maxLifetime
    }

    /// The backend's own limit less a second, when it told one; else ours, which is below what backends use.
    private func idleLimit(_ connection: UpstreamConnection) -> Interval {
        guard let hint = connection.keepAliveHint else { return idleTimeout }
        return max(.zero, hint - .seconds(1))
    }

    package override func connect(_ done: @escaping (Result<UpstreamStream, PorticoError>) -> Void) {
        if all.isEmpty { now = .now() }
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(.nanoseconds(connectTimeout.nanoseconds))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.allowRemoteHalfClosure, value: true)
        let channel: EventLoopFuture<any Channel>
        if let literal = try? SocketAddress(ipAddress: address.host, port: address.port) {
            channel = bootstrap.connect(to: literal)
        } else {
            channel = bootstrap.connect(host: address.host, port: address.port)
        }
        channel.assumeIsolated().whenComplete { result in
            switch result {
            case .success(let channel):
                let connection = UpstreamConnection(pool: self)
                do {
                    try channel.pipeline.syncOperations.addHandler(connection)
                    done(.success(connection))
                } catch {
                    channel.close(promise: nil)
                    done(.failure(PorticoError(.connectRefused, side: .upstream, retry: .yes)))
                }
            case .failure(let error): done(.failure(Self.connectError(error)))
            }
        }
    }

    private static func connectError(_ error: any Error) -> PorticoError {
        let cause = String(describing: error)
        if case .connectTimeout? = error as? ChannelError {
            return PorticoError(.connectTimeout, side: .upstream, retry: .yes, cause: cause)
        }
        if let failure = error as? NIOConnectionError, failure.connectionErrors.isEmpty {
            return PorticoError(.resolveFailed, side: .upstream, retry: .yes, cause: cause)
        }
        return PorticoError(.connectRefused, side: .upstream, retry: .yes, cause: cause)
    }

    // MARK: Coming back

    func putBack(_ connection: UpstreamConnection) {
        guard idle.count < maxIdle, now - connection.opened < maxLifetime else {
            return connection.cancel()
        }
        connection.idleSince = now
        idle.append(connection)
    }

    /// An idle connection that its backend closed or spoke on unasked.
    func discard(_ connection: UpstreamConnection) {
        idle.removeAll { $0 === connection }
        connection.cancel()
    }

    func opened(_ connection: UpstreamConnection) {
        connection.sweepIndex = all.count
        all.append(connection)
    }

    func closed(_ connection: UpstreamConnection) {
        let index = connection.sweepIndex
        guard index >= 0 else { return }
        connection.sweepIndex = -1
        let last = all.removeLast()
        if last !== connection {
            all[index] = last
            last.sweepIndex = index
        }
    }

    // MARK: Time

    package override func tick(_ now: MonotonicTime) {
        self.now = now
        for connection in idle where !isUsable(connection) { discard(connection) }
        for connection in all where connection.sweepIndex >= 0 { connection.sweep(now) }
    }

    package override func closeIdle() {
        for connection in idle { connection.cancel() }
        idle = []
    }
}

extension UpstreamConnection {
    /// Whether the kernel knows of no end yet: the event may not have reached the loop.
    var isStillOpen: Bool {
        let state = try? channel.syncOptions?.getOption(
            ChannelOptions.Types.SocketOption(level: .tcp, name: NIOBSDSocket.Option(rawValue: TCP_INFO)))
        // The first byte of `tcp_info` is the state; 1 is ESTABLISHED.
        return state.map { UInt8(truncatingIfNeeded: $0) == 1 } ?? false
    }
}
