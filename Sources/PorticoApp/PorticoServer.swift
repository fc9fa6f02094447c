// Boot and end of the server: a loaded configuration is served until the process is told to stop.
import Logging
import NIOCore
import NIOPosix
package import PorticoConfig
import PorticoHTTP
import PorticoLog
import ServiceLifecycle
import UnixSignals

package enum PorticoServer {
    /// Serves until SIGTERM or SIGINT; then finishes what runs within `shutdown_timeout`. Throws when the start fails.
    package static func run(_ loaded: LoadedConfiguration) async throws {
        let settings = loaded.configuration
        let log = try LogSystem.start(settings: settings.logging, name: settings.application.name)
        defer { log.shutdown() }
        let logger = log.logger(label: "portico")
        let server = try await RunningServer.start(settings, log: log)
        StartReport(loaded, listeners: server.listeners, logFile: log.currentFile).tell(logger)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: server)], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
        logger.notice("stopped")
    }
}
