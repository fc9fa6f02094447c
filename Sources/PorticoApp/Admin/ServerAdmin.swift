// What this server shows and does for its admin listener: documents from memory, orders to targets.
import Glibc
import Logging
import NIOCore
import NIOPosix
import PorticoAdmin
import PorticoConfig
import PorticoCore
import PorticoHTTP
import PorticoLog
import PorticoStatic
import PorticoTelemetry
import PorticoTransport
import PorticoUpstream
import Synchronization

final class ServerAdmin: AdminActions {
    private struct Current {
        var configuration: Configuration
        var generation: Generation
    }

    private let current: Mutex<Current>
    private let view: AdminView
    private let eventLoop: TransportLoop
    private let rendering = SharedAnswer<ByteBuffer>()
    private let sampler: StatusSampler
    private let clock = Mutex<RepeatedTask?>(nil)
    private let started = MonotonicTime.now()
    /// Nil until the server runs.
    private let reloading = Mutex<Reload?>(nil)

    init(_ configuration: Configuration, _ generation: Generation, _ view: AdminView, on eventLoop: TransportLoop) {
        current = Mutex(Current(configuration: configuration, generation: generation))
        self.view = view
        self.eventLoop = eventLoop
        sampler = StatusSampler(view)
    }

    /// Once there is somebody to show things to.
    func start() {
        let sampler = sampler
        let second = TimeAmount.seconds(1)
        let task = eventLoop.scheduleRepeatedTask(initialDelay: second, delay: second) { _ in sampler.tick() }
        clock.withLock { $0 = task }
    }

    func stop() { clock.withLock { $0?.cancel() } }

    func use(_ configuration: Configuration, _ generation: Generation) {
        current.withLock { $0 = Current(configuration: configuration, generation: generation) }
    }

    func use(_ reload: Reload) { reloading.withLock { $0 = reload } }

    private var configuration: Configuration { current.withLock { $0.configuration } }

    func document(_ document: AdminDocument) -> (body: JSONText, isWell: Bool) {
        switch document {
        case .status: (.object(status), true)
        case .routes: (.object([("routes", .array(configuration.routes.map(RouteReport.json)))]), true)
        case .targets: (.object([("targets", .array(reports.map(\.json)))]), true)
        case .balancerHealth: balancerHealth
        case .balancerStatus: (balancerStatus, true)
        case .config: (effectiveConfiguration, true)
        case .configHealth: (.object([("status", .string("ok"))]), true)
        case .configStatus: (configStatus, true)
        case .staticHealth: staticHealth
        case .logLevel: (.object(logLevels), true)
        case .staticStatus: (.object([("sites", .array(configuration.sites.map(site)))]), true)
        }
    }

    func table(_ document: AdminDocument) -> String? {
        switch document {
        case .status: TextTable.pairs(status.map { ($0, $1.plain) })
        case .targets, .balancerStatus: TargetReport.table(reports)
        case .routes: RouteReport.table(configuration.routes)
        case .logLevel: TextTable.pairs(logLevels.map { ($0, $1.plain) })
        default: nil
        }
    }

    func cacheState(host: String, path: String, key: String) -> String? {
        guard let site = current.withLock({ $0.generation.sites }).site(host: host, path: path) else { return nil }
        return site.cacheState(of: Array(key.utf8))?.text ?? "not in memory: the next request reads it"
    }

    func setLogLevel(_ level: String, module: String?) -> Bool {
        guard let new = LogLevel(rawValue: level) else { return false }
        let meant = module.flatMap(LogModule.init(rawValue:))
        guard module == nil || meant != nil else { return false }
        view.log.setLevel(new, for: meant)
        view.log.logger(label: "portico.admin").notice(
            "log level changed", metadata: ["to": "\(level)", "module": "\(module ?? "all")"])
        return true
    }

    /// The common level, then those of modules that have their own.
    private var logLevels: [(String, JSONText)] {
        let (level, levels) = view.log.currentLevels
        return [("level", .string(level.rawValue))]
            + levels.sorted { $0.key.rawValue < $1.key.rawValue }.map { ($0.key.rawValue, .string($0.value.rawValue)) }
    }

    func order(_ order: TargetOrder, target id: String) -> Int {
        let meant = view.targets.all.filter { $0.identity.id == id }
        for state in meant {
            switch order {
            case .enable: state.setMode(.enabled)
            case .disable: state.setMode(.disabled)
            case .drain: state.setMode(.draining)
            }
        }
        return meant.count
    }

    func reload(_ done: @escaping @Sendable (ReloadAnswer) -> Void) {
        guard let reload = reloading.withLock({ $0 }) else {
            return done(Reload.Outcome.refused("the server is still starting", []).answer)
        }
        Task { await done(reload.run(because: "admin").answer) }
    }

    /// The loops are asked for what only they know; all else is read, and written down, on the thread pool.
    func metrics(_ done: @escaping @Sendable (ByteBuffer) -> Void) {
        rendering.join(done) { finish in
            LoopSurvey.run(self.view.loops, timer: self.eventLoop) { survey in
                NIOThreadPool.singleton.submit { _ in finish(self.report(survey)) }
            }
        }
    }

    private func report(_ survey: LoopSurvey.Result) -> ByteBuffer {
        let (limit, generation) = current.withLock { ($0.configuration.server.maxConnections, $0.generation) }
        var report = MetricsReport(view, generation: generation, maxConnections: limit, survey: survey)
        return report.make()
    }

    // MARK: The status page

    var recent: RecentRequests { view.telemetry.recent }

    func history() -> ByteBuffer { sampler.history() }

    func sample(_ done: @escaping @Sendable (ByteBuffer) -> Void) {
        let configuration = configuration
        NIOThreadPool.singleton.submit { _ in done(self.sampler.sample(configuration)) }
    }

    static let processID = Int(getpid())

    /// With the origin of each value, where the file is known that they come from.
    private var effectiveConfiguration: JSONText {
        let text =
            reloading.withLock { $0 }.map { ConfigPrinter.toml($0.current) } ?? ConfigPrinter.toml(configuration)
        return .object([("toml", .string(text))])
    }

    // MARK: Documents

    private var reports: [TargetReport] {
        let now = MonotonicTime.now()
        return view.targets.all.map { TargetReport($0, now: now) }
    }

    private var status: [(String, JSONText)] {
        let reports = reports
        return [
            ("name", .string(configuration.application.name)),
            ("environment", .string(configuration.application.environment)),
            ("pid", .integer(Self.processID)),
            ("uptime_seconds", .integer(Int((MonotonicTime.now() - started).nanoseconds / 1_000_000_000))),
            ("connections", .integer(view.connections.current)),
            ("routes", .integer(configuration.routes.count)),
            ("targets", .integer(reports.count)),
            ("targets_available", .integer(reports.count { $0.isAvailable })),
            ("requests_in_flight", .integer(reports.reduce(0) { $0 + $1.status.inFlight })),
        ]
    }

    /// By route: well where each has a target that takes requests.
    private var balancerHealth: (body: JSONText, isWell: Bool) {
        let reports = reports
        let lost = Set(reports.map(\.route)).filter { route in
            !reports.contains { $0.route == route && $0.isAvailable }
        }
        let isWhole = reports.allSatisfy(\.isAvailable)
        let status = !lost.isEmpty ? "down" : isWhole ? "ok" : "degraded"
        return (
            .object([
                ("status", .string(status)), ("routes_without_target", .array(lost.sorted().map { .string($0) })),
            ]), lost.isEmpty
        )
    }

    private var balancerStatus: JSONText {
        let reports = reports
        var order: [String] = []
        for report in reports where !order.contains(report.route) { order.append(report.route) }
        return .object([
            (
                "routes",
                .array(
                    order.map { route in
                        let own = reports.filter { $0.route == route }
                        return .object([
                            ("route", .string(route)), ("available", .integer(own.count { $0.isAvailable })),
                            ("targets", .array(own.map(\.json))),
                        ])
                    })
            )
        ])
    }

    private var configStatus: JSONText {
        .object([
            ("status", .string("ok")), ("routes", .integer(configuration.routes.count)),
            ("listening", .array(configuration.server.listen.map { .string($0.description) })),
        ])
    }

    private var staticHealth: (body: JSONText, isWell: Bool) {
        let missing = configuration.sites.map(\.directory).filter { !Self.isDirectory($0) }
        let status = missing.isEmpty ? "ok" : "missing"
        return (
            .object([("status", .string(status)), ("missing", .array(missing.map { .string($0) }))]), missing.isEmpty
        )
    }

    private func site(_ site: SiteSettings) -> JSONText {
        .object([
            ("hosts", .array(site.hosts.map { .string($0) })),
            ("paths", .array(site.paths.map { .string($0.description) })),
            ("directory", .string(site.directory)), ("exists", .boolean(Self.isDirectory(site.directory))),
            ("cache_bytes", .integer(site.cacheSize.bytes)),
        ])
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}

extension JSONText {
    /// A value as a table shows it.
    var plain: String {
        switch self {
        case .string(let text): text
        default: text
        }
    }
}
