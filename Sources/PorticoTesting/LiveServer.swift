// A whole Portico for one test: real sockets on ports that the system chooses, logs in a folder of its own.
import Glibc
import Logging
package import PorticoApp
package import PorticoConfig
import PorticoHTTP
import PorticoLog
package import PorticoTransport
package import PorticoUpstream
import ServiceLifecycle

package final class LiveServer {
    /// Plain HTTP, on 127.0.0.1.
    package let port: Int
    /// HTTPS, where the configuration has it.
    package let securePort: Int?
    /// The admin listener, where the configuration gives it another port than the default.
    package let adminPort: Int?
    package let targets: TargetRegistry
    package var loops: [TransportLoop] { server.group.loops }
    private let server: RunningServer
    private let group: ServiceGroup
    private let running: Task<Void, any Error>
    private let log: LogSystem
    private let logs: TempFolder

    private init(_ server: RunningServer, log: LogSystem, logs: TempFolder) {
        port = Self.port(of: server.listeners, isSecure: false) ?? 0
        securePort = Self.port(of: server.listeners, isSecure: true)
        adminPort = server.admin.flatMap { Self.port(of: [$0.listener], isSecure: false) }
        targets = server.targets
        self.server = server
        self.log = log
        self.logs = logs
        var quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        quiet.logLevel = .critical
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [.init(service: server)], logger: quiet))
        self.group = group
        running = Task { try await group.run() }
    }

    /// Addresses, threads and logging of `configuration` are replaced by what a test needs, as is the default shutdown timeout; all
    /// else holds.
    package static func start(_ configuration: Configuration) async throws -> LiveServer {
        let logs = TempFolder()
        let settings = adjusted(configuration, logs)
        let log = try LogSystem.start(settings: settings.logging, name: "portico")
        return LiveServer(try await RunningServer.start(settings, log: log), log: log, logs: logs)
    }

    private static func adjusted(_ configuration: Configuration, _ logs: TempFolder) -> Configuration {
        var settings = configuration
        settings.server.listen = [.tcp(host: "127.0.0.1", port: 0)] + settings.server.listen.filter { $0 != .usual }
        settings.server.threads = 1
        if settings.server.shutdownTimeout == ServerSettings().shutdownTimeout {
            settings.server.shutdownTimeout = .milliseconds(200)
        }
        settings.ssl.port = 0
        // Many tests run at a time, and one port would be for all of them.
        if settings.admin.port == AdminSettings.defaultPort { settings.admin.enabled = false }
        settings.logging.directory = logs.path
        settings.logging.outputMode = .file
        settings.logging.filePattern = "test.log"
        return settings
    }

    /// Another configuration takes over, with the same replacements as at start. Listeners beside the usual one are taken as
    /// they are.
    @discardableResult
    package func reload(_ configuration: Configuration) async throws -> ReloadReport {
        try await server.reload(Self.adjusted(configuration, logs))
    }

    package func stop() async {
        await group.triggerGracefulShutdown()
        try? await running.value
        log.shutdown()
    }

    /// The access lines written so far, once there are `count` of them or thirty seconds have passed.
    package func accessLines(_ count: Int) -> [String] {
        let end = Clock.after(.seconds(30))
        while true {
            let lines = logs.text("test.log").split(separator: "\n").map(String.init).filter {
                $0.contains("\"status\"")
            }
            if lines.count >= count || Clock.isPast(end) { return lines }
            usleep(20_000)
        }
    }

    /// The first line of the log that fits, once there is one; nil after thirty seconds.
    package func line(_ fits: (String) -> Bool) -> String? {
        let end = Clock.after(.seconds(30))
        while true {
            let lines = logs.text("test.log").split(separator: "\n").map(String.init)
            if let line = lines.first(where: fits) { return line }
            if Clock.isPast(end) { return nil }
            usleep(20_000)
        }
    }

    private static func port(of listeners: [Listener], isSecure: Bool) -> Int? {
        for listener in listeners where listener.isSecure == isSecure {
            if case .tcp(_, let port) = listener.address { return port }
        }
        return nil
    }
}

/// Runs `body` against a server of its own that serves `site`, and stops it in any case.
package func withServer<Result>(
    _ site: TempSite, _ configuration: Configuration? = nil, isolation: isolated (any Actor)? = #isolation,
    _ body: (LiveServer) async throws -> Result
) async throws -> Result {
    // The site's files live as long as this call, whatever the caller does with it.
    defer { withExtendedLifetime(site) {} }
    let server = try await LiveServer.start(configuration ?? site.configuration)
    do {
        let result = try await body(server)
        await server.stop()
        return result
    } catch {
        await server.stop()
        throw error
    }
}

extension ListenAddress {
    /// Where Portico listens without a word about it.
    fileprivate static var usual: ListenAddress { .tcp(host: "0.0.0.0", port: 8080) }
}
