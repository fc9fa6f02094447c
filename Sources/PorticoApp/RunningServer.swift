// The server between start and end: loops, listeners, the pipelines on them, and how they stop. How a configuration takes
// another's place is in RunningServer+Reload.swift.
import Logging
import NIOCore
package import PorticoConfig
import PorticoCore
package import PorticoHTTP
package import PorticoLog
import PorticoTelemetry
package import PorticoTransport
package import PorticoUpstream
import ServiceLifecycle
import Synchronization

package final class RunningServer: Service {
    /// What a reload replaces, as one.
    struct Current: Sendable {
        var settings: Configuration
        var generation: Generation
        var listeners: ListenerSet
        /// Nil until a configuration has `[ssl]`.
        var tls: TLSStore?
        var isChanging = false
    }

    package let targets: TargetRegistry
    /// Nil where there is none, or where its default port was taken.
    package let admin: AdminListener?
    let watch: TargetWatch
    let current: Mutex<Current>
    let loops: [ServerLoop]
    let pipelines: [RequestPipeline]
    let count: ConnectionCount
    let log: LogSystem
    let ceiling = MemoryCeiling()
    /// Nil where nobody could read it: without an admin listener nothing is counted.
    let telemetry: Telemetry?
    let reloads: ReloadCounts
    let exporter: SpanExporter
    package let group: TransportGroup
    let logger: Logger
    private let isHurried = Atomic(false)
    private let isPassedOn = Atomic(false)
    /// How long a kept connection may wait for its last request where a successor takes the place of this process.
    private static let lastRequestPatience = Duration.seconds(5)

    private init(
        _ current: consuming Current, targets: TargetRegistry, admin: AdminListener?, watch: TargetWatch,
        loops: [ServerLoop], pipelines: [RequestPipeline], count: ConnectionCount, log: LogSystem,
        telemetry: Telemetry?, reloads: ReloadCounts, exporter: SpanExporter, group: TransportGroup
    ) {
        self.current = Mutex(current)
        self.targets = targets
        self.admin = admin
        self.watch = watch
        self.loops = loops
        self.pipelines = pipelines
        self.count = count
        self.log = log
        self.telemetry = telemetry
        self.reloads = reloads
        self.exporter = exporter
        self.group = group
        logger = log.logger(label: "portico.server")
    }

    var eventLoops: [any EventLoop] { loops.map(\.eventLoop) }

    package var listeners: [Listener] { current.withLock { $0.listeners.open } }

    /// Everything that can fail fails here, before the first connection is taken.
    package static func start(
        _ settings: Configuration, log: LogSystem, inherited: InheritedSockets = InheritedSockets()
    ) async throws -> RunningServer {
        let threads = settings.server.threads > 0 ? settings.server.threads : System.coreCount
        let group = try TransportGroup(threads: threads)
        do {
            let watch = TargetWatch(eventLoop: group.nextLoop())
            let changes = TargetChanges(log.logger(label: "portico.proxy"), watch: watch)
            let targets = TargetRegistry { changes.note($0) }
            let telemetry = settings.admin.enabled ? Telemetry(loops: threads) : nil
            let generation = try Generation(settings, targets: targets, names: telemetry?.routes ?? RouteNames())
            generation.takeEffect()
            let exporter = SpanExporter(eventLoop: group.nextLoop(), logger: log.logger(label: "portico.server"))
            exporter.use(generation.spanDestination)
            let limits = ServerLimits(settings.server)
            let loops = group.loops.map { ServerLoop(eventLoop: $0, limits: limits) }
            let pipelines = loops.enumerated().map { index, loop in
                RequestPipeline(
                    loop: loop, index: index, generation: generation,
                    accessLog: log.makeAccessBuffer().map(AccessLog.init),
                    metrics: telemetry.map { ExchangeMetrics($0.loops[index], recent: $0.recent) },
                    spans: ExchangeSpans(exporter))
            }
            for (loop, pipeline) in zip(loops, pipelines) { loop.use(pipeline) }
            let count = ConnectionCount(limit: settings.server.maxConnections)
            let tls = try certificate(settings).map(TLSStore.init)
            let reloads = ReloadCounts()
            let view = telemetry.map { telemetry in
                AdminView(
                    targets: targets, connections: count, telemetry: telemetry, log: log, reloads: reloads,
                    spans: exporter.queue, loops: zip(loops, pipelines).map(SurveyedLoop.init))
            }
            let admin = try await AdminListener.start(
                settings, generation, view, on: group.nextLoop(), inherited: inherited)
            // Last: from here on connections are taken.
            var listeners = ListenerSet(open: [])
            let bound = try await listeners.bindMissing(
                settings, loops: loops, tls: tls, count: count, inherited: inherited)
            _ = listeners.turn(to: settings, adding: bound)
            watch.watch(generation.watchedTargets)
            return RunningServer(
                Current(settings: settings, generation: generation, listeners: listeners, tls: tls), targets: targets,
                admin: admin, watch: watch, loops: loops, pipelines: pipelines, count: count, log: log,
                telemetry: telemetry, reloads: reloads, exporter: exporter, group: group)
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    static func certificate(_ settings: Configuration) throws -> TLSCertificate? {
        guard settings.ssl.enabled else { return nil }
        do {
            return try TLSCertificate(settings.ssl, http2: settings.server.http2)
        } catch {
            throw StartFailure.unusableCertificate(settings.ssl, error)
        }
    }

    // MARK: Life

    package func run() async throws {
        try await gracefulShutdown()
        let shutdownTimeout = current.withLock { $0.settings.server.shutdownTimeout }
        logger.notice("stopping", metadata: ["timeout": "\(shutdownTimeout)"])
        watch.stop()
        await admin?.stop()
        let isPassedOn = isPassedOn.load(ordering: .relaxed)
        for listener in listeners { await listener.close(isPassedOn: isPassedOn) }
        // A request may be on its way on a connection that a client keeps: it is answered, with `Connection: close`.
        let patience = isPassedOn ? Interval(min(Self.lastRequestPatience, shutdownTimeout / 2)) : .zero
        for loop in loops { loop.eventLoop.execute { loop.drain(patience: patience) } }
        let remaining = await waitForConnections(shutdownTimeout)
        if remaining > 0 { logger.warning("connections cut", metadata: ["count": "\(remaining)"]) }
        for loop in loops {
            try? await loop.eventLoop.submit {
                loop.closeNow()
                _ = loop.handler.tick(.now())
            }.get()
        }
        await exporter.stop()
        try await group.shutdownGracefully()
    }

    /// Once it stops: waits for nobody any more.
    package func hurry() { isHurried.store(true, ordering: .relaxed) }

    // MARK: Memory

    var sites: Sites { current.withLock { $0.generation }.sites }

    func closeIdleConnections() {
        for loop in loops { loop.eventLoop.execute { loop.closeIdle() } }
    }

    func memory(is level: MemoryPressure.Level, resident used: Int) {
        count.refuse(level >= .full)
        logger.log(
            level: level == .calm ? .notice : .warning, "memory pressure",
            metadata: ["pressure": "\(level)", "resident_bytes": "\(used)"])
    }

    // MARK: Successors

    /// A successor serves on the same sockets: what remains is to let end what runs.
    func passOn() { isPassedOn.store(true, ordering: .relaxed) }

    /// Each with its listener's address as configured.
    var socketsToPassOn: [(descriptor: CInt, requested: String)] {
        (listeners + [admin?.listener].compactMap(\.self)).flatMap { listener in
            listener.descriptors.map { ($0, listener.requested.description) }
        }
    }

    /// The number of connections that were still there when the time was up.
    private func waitForConnections(_ timeout: Duration) async -> Int {
        let end = ContinuousClock.now + timeout
        while true {
            var count = 0
            for loop in loops { count += (try? await loop.eventLoop.submit { loop.connectionCount }.get()) ?? 0 }
            if count == 0 || ContinuousClock.now >= end || isHurried.load(ordering: .relaxed) { return count }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }
}
