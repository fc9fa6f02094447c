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
    package static func run(_ loaded: LoadedConfiguration) async throws {
        // From the first moment: what comes during the start waits for its end.
        let received = SignalPipe.open(SignalWatch.signals)
        FileDescriptors.raiseLimit()
        // Threads that encode now and then would each keep an arena of what they once needed.
        mallopt(M_ARENA_MAX, CInt(max(2, System.coreCount)))
        let settings = loaded.configuration
        let log = try LogSystem.start(settings: settings.logging, name: settings.application.name)
        defer { log.shutdown() }
        let logger = log.logger(label: "portico")
        let server = try await RunningServer.start(settings, log: log)
        let report = StartReport(
            loaded, listeners: server.listeners, admin: server.admin?.listener, logFile: log.currentFile)
        report.print()
        report.log(logger)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [.init(service: server)], logger: logger))
        let reload = Reload(loaded, server: server, logger: log.logger(label: "portico.reload"))
        server.admin?.use(reload)
        let signals = Task { await SignalWatch(group: group, server: server, reload: reload, log: log).run(received) }
        defer { signals.cancel() }
        StartPages.giveBack()
        try await group.run()
        logger.notice("stopped")
    }
}
