// Boot and end of the server: a loaded configuration is served until the process is told to stop.
import Glibc
import Logging
package import PorticoConfig
import PorticoHTTP
import PorticoLog
import ServiceLifecycle
import UnixSignals

package enum PorticoServer {
    /// Serves until SIGTERM or SIGINT; then finishes what runs within `shutdown_timeout`. Throws when the start fails.
    package static func run(_ loaded: LoadedConfiguration) async throws {
        // Reserved for reload and for reopening logs; until then a habit of other servers must not end this one.
        signal(SIGHUP, SIG_IGN)
        signal(SIGUSR1, SIG_IGN)
        FileDescriptors.raiseLimit()
        let settings = loaded.configuration
        let log = try LogSystem.start(settings: settings.logging, name: settings.application.name)
        defer { log.shutdown() }
        let logger = log.logger(label: "portico")
        let server = try await RunningServer.start(settings, log: log)
        let report = StartReport(loaded, listeners: server.listeners, logFile: log.currentFile)
        report.print()
        report.log(logger)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: server)], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
        logger.notice("stopped")
    }
}
