// What a start tells: what is served, where, by which file, and where the logs go.
import Logging
import PorticoConfig
import PorticoHTTP

struct StartReport {
    private let loaded: LoadedConfiguration
    private let listeners: [Listener]
    private let logFile: String?

    init(_ loaded: LoadedConfiguration, listeners: [Listener], logFile: String?) {
        self.loaded = loaded
        self.listeners = listeners
        self.logFile = logFile
    }

    func tell(_ logger: Logger) {
        let settings = loaded.configuration
        for listener in listeners {
            logger.notice("listening", metadata: ["url": "\(Self.url(listener))"])
        }
        logger.notice("serving files", metadata: ["directory": "\(settings.site.directory)"])
        for route in settings.routes {
            logger.notice(
                "proxying",
                metadata: [
                    "path": "\(route.paths.map(\.description).joined(separator: ", "))",
                    "targets": "\(route.targets.map { "\($0.host):\($0.port)" }.joined(separator: ", "))",
                ])
        }
        logger.notice(
            "started",
            metadata: [
                "configuration": "\(loaded.path ?? "defaults, no file")",
                "log_file": "\(logFile ?? "none, console only")",
                "threads": "\(settings.server.threads == 0 ? "one per core" : String(settings.server.threads))",
            ])
    }

    private static func url(_ listener: Listener) -> String {
        switch listener.address {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port):
            (listener.isSecure ? "https://" : "http://") + (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
        }
    }
}
