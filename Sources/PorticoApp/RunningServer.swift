// The server between start and end: loops, listeners, the pipelines on them, and how they stop.
import Logging
import NIOCore
import NIOPosix
package import PorticoConfig
import PorticoCore
package import PorticoHTTP
package import PorticoLog
package import PorticoUpstream
import ServiceLifecycle

package final class RunningServer: Service {
    package let listeners: [Listener]
    package let targets: TargetRegistry
    private let watch: TargetWatch
    private let group: MultiThreadedEventLoopGroup
    private let loops: [ServerLoop]
    private let shutdownTimeout: Duration
    private let logger: Logger

    private init(
        listeners: [Listener], targets: TargetRegistry, watch: TargetWatch, group: MultiThreadedEventLoopGroup,
        loops: [ServerLoop],
        shutdownTimeout: Duration, logger: Logger
    ) {
        self.listeners = listeners
        self.targets = targets
        self.watch = watch
        self.group = group
        self.loops = loops
        self.shutdownTimeout = shutdownTimeout
        self.logger = logger
    }

    /// Everything that can fail fails here, before the first connection is taken.
    package static func start(_ settings: Configuration, log: LogSystem) async throws -> RunningServer {
        let threads = settings.server.threads > 0 ? settings.server.threads : System.coreCount
        let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        do {
            let limits = ServerLimits(settings.server)
            let watch = TargetWatch(eventLoop: group.next())
            let changes = TargetChanges(log.logger(label: "portico.targets"), watch: watch)
            let targets = TargetRegistry { changes.note($0) }
            let generation = try Generation(settings, targets: targets)
            let loops = group.makeIterator().map { ServerLoop(eventLoop: $0, limits: limits) }
            for (index, loop) in loops.enumerated() {
                let accessLog = log.makeAccessBuffer().map(AccessLog.init)
                loop.use(RequestPipeline(loop: loop, index: index, generation: generation, accessLog: accessLog))
            }
            let listeners = try await bind(settings, loops: loops)
            watch.watch(generation.watchedTargets)
            return RunningServer(
                listeners: listeners, targets: targets, watch: watch, group: group, loops: loops,
                shutdownTimeout: settings.server.shutdownTimeout, logger: log.logger(label: "portico.server"))
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    private static func bind(_ settings: Configuration, loops: [ServerLoop]) async throws -> [Listener] {
        let count = ConnectionCount(limit: settings.server.maxConnections)
        var listeners: [Listener] = []
        for address in settings.server.listen {
            try await listeners.append(bind(address, loops: loops, tls: nil, count: count))
        }
        if settings.ssl.enabled {
            let certificate = try certificate(settings)
            for address in settings.secureAddresses {
                try await listeners.append(bind(address, loops: loops, tls: certificate, count: count))
            }
        }
        return listeners
    }

    private static func certificate(_ settings: Configuration) throws -> TLSCertificate {
        do {
            return try TLSCertificate(settings.ssl, http2: settings.server.http2)
        } catch {
            throw StartFailure.unusableCertificate(settings.ssl, error)
        }
    }

    private static func bind(
        _ address: ListenAddress, loops: [ServerLoop], tls: TLSCertificate?, count: ConnectionCount
    ) async throws -> Listener {
        do {
            return try await Listener.bind(address, loops: loops, tls: tls, count: count)
        } catch {
            throw StartFailure.cannotListen(address, error)
        }
    }

    // MARK: Life

    package func run() async throws {
        try await gracefulShutdown()
        logger.notice("stopping", metadata: ["timeout": "\(shutdownTimeout)"])
        watch.stop()
        for listener in listeners { await listener.close() }
        for loop in loops { loop.eventLoop.execute { loop.drain() } }
        let remaining = await waitForConnections()
        if remaining > 0 { logger.warning("connections cut", metadata: ["count": "\(remaining)"]) }
        for loop in loops {
            try? await loop.eventLoop.submit {
                loop.closeNow()
                _ = loop.handler.tick(.now())
            }.get()
        }
        try await group.shutdownGracefully()
    }

    /// The number of connections that were still there when the time was up.
    private func waitForConnections() async -> Int {
        let end = ContinuousClock.now + shutdownTimeout
        while true {
            var count = 0
            for loop in loops { count += (try? await loop.eventLoop.submit { loop.connectionCount }.get()) ?? 0 }
            if count == 0 || ContinuousClock.now >= end { return count }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }
}

extension Configuration {
    /// HTTPS is served on the hosts of the plain listeners, at `[ssl] port`.
    var secureAddresses: [ListenAddress] {
        var hosts: [String] = []
        for case .tcp(let host, _) in server.listen where !hosts.contains(host) { hosts.append(host) }
        return (hosts.isEmpty ? ["0.0.0.0"] : hosts).map { .tcp(host: $0, port: ssl.port) }
    }
}
