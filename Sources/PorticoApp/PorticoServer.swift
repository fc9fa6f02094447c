// Boot and end of the server: a loaded configuration is served until the process is told to stop.
import CMalloc
import Glibc
import Logging
import NIOCore
package import PorticoConfig
import PorticoHTTP
import PorticoLog
import ServiceLifecycle

package enum PorticoServer {
    /// Serves until SIGTERM or SIGINT; then finishes what runs within `shutdown_timeout`, or ends at once on a second one.
    /// SIGHUP reloads the configuration, SIGUSR1 opens the log files anew. Throws when the start fails.
    /// SIGUSR2 starts the program anew, with the sockets of this process, and ends this one.
    /// `tell` shows what is to be said before the start: called once, by the process that goes on to serve.
    package static func run(
        _ loaded: LoadedConfiguration, inheritance: Inheritance, tell: @Sendable () -> Void
    ) async throws {
        let settings = loaded.configuration
        if let privileges = try Privileges(settings.server) {
            if settings.logging.outputMode != .console { privileges.makeFolder(settings.logging.directory) }
            try ListenerSet.open(settings, in: inheritance.sockets)
            try privileges.startAnew(inheritance)
        }
        tell()
        // From the first moment: what comes during the start waits for its end.
        let received = SignalPipe.open(SignalWatch.signals)
        FileDescriptors.raiseLimit()
        // Threads that encode now and then would each keep an arena of what they once needed.
        mallopt(M_ARENA_MAX, CInt(max(2, System.coreCount)))
        let log = try LogSystem.start(settings: settings.logging, name: settings.application.name)
        defer { log.shutdown() }
        let logger = log.logger(label: "portico")
        let environment = Surroundings.current().environment
        let manager = ServiceManager(environment)
        let server = try await RunningServer.start(settings, log: log, inherited: inheritance.sockets)
        for address in inheritance.sockets.closeRest() {
            logger.warning("nothing listens on a socket that was passed on", metadata: ["address": "\(address)"])
        }
        let report = StartReport(
            loaded, listeners: server.listeners, admin: server.admin?.listener, logFile: log.currentFile)
        report.print()
        report.log(logger)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [.init(service: server)], logger: logger))
        let reload = Reload(loaded, server: server, manager: manager, logger: log.logger(label: "portico.reload"))
        server.admin?.use(reload)
        let upgrade = Upgrade(
            environment: environment, server: server, group: group, manager: manager,
            logger: log.logger(label: "portico.upgrade"))
        let watch = SignalWatch(
            group: group, server: server, reload: reload, log: log, upgrade: upgrade, manager: manager)
        // Before the first reload may come: that one knows the limit better.
        server.ceiling.watch(server, limit: settings.server.memoryLimit)
        let signals = Task { await watch.run(received) }
        defer { signals.cancel() }
        Watchdog.start(manager, loops: server.eventLoops)
        manager.tellReady(report.status)
        inheritance.tellReady()
        ProgramPages.giveBack()
        try await group.run()
        logger.notice("stopped")
    }
}
