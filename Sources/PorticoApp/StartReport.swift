// What a start tells: what is served, where, by which file, and where the logs go. For people on standard error, and as
// events with fields in the log.
import Glibc
import Logging
import PorticoConfig
import PorticoHTTP

struct StartReport {
    private let loaded: LoadedConfiguration
    private let listeners: [Listener]
    private let admin: Listener?
    private let logFile: String?

    init(_ loaded: LoadedConfiguration, listeners: [Listener], admin: Listener?, logFile: String?) {
        self.loaded = loaded
        self.listeners = listeners
        self.admin = admin
        self.logFile = logFile
    }

    private var settings: Configuration { loaded.configuration }

    /// A few lines for whoever started it, whatever `output_mode` says.
    func print() {
        var lines = settings.sites.count == 1 ? ["Portico serves \(settings.site.directory)"] : ["Portico serves"]
        if settings.sites.count > 1 {
            lines += settings.sites.map { "  files       \(Sites.label(of: $0)) -> \($0.directory)" }
        }
        lines += listeners.map { "  listening   \(Self.url($0))" }
        lines += settings.routes.map { "  proxying    \(Self.paths($0)) -> \(Self.targets($0))" }
        if let admin { lines.append("  admin       \(Self.url(admin))") }
        lines.append("  configured  \(loaded.path ?? "by defaults, no file")")
        lines.append("  logging     \(logFile ?? "to the console only")")
        let text = Array((lines.joined(separator: "\n") + "\n").utf8)
        _ = write(STDERR_FILENO, text, text.count)
    }

    /// In a few words, for the service manager.
    var status: String { "serving " + listeners.map { Self.url($0) }.joined(separator: " ") }

    func log(_ logger: Logger) {
        for listener in listeners { logger.notice("listening", metadata: ["url": "\(Self.url(listener))"]) }
        for site in settings.sites {
            logger.notice(
                "serving files", metadata: ["site": "\(Sites.label(of: site))", "directory": "\(site.directory)"])
        }
        for route in settings.routes {
            logger.notice(
                "proxying", metadata: ["path": "\(Self.paths(route))", "targets": "\(Self.targets(route))"])
        }
        let threads = settings.server.threads == 0 ? "one per core" : String(settings.server.threads)
        logger.notice(
            "started",
            metadata: [
                "configuration": "\(loaded.path ?? "defaults")", "log_file": "\(logFile ?? "none")",
                "threads": "\(threads)",
            ])
    }

    private static func paths(_ route: ProxySettings) -> String {
        route.paths.map(\.description).joined(separator: ", ")
    }

    private static func targets(_ route: ProxySettings) -> String {
        route.targets.map { target in
            let host = target.host.contains(":") ? "[\(target.host)]" : target.host
            let place =
                switch target.transport {
                case .tcp: "http://\(host):\(target.port)"
                case .tls: "https://\(host):\(target.port)"
                case .unix(let path): "unix:\(path)"
                }
            return place + target.basePath + (target.enabled ? "" : " (disabled)")
        }.joined(separator: ", ")
    }

    private static func url(_ listener: Listener) -> String {
        if case .unix = listener.address { return "\(listener.address)" }
        return (listener.isSecure ? "https://" : "http://") + "\(listener.address)"
    }
}
