// Sections while they are read, where the file's shape and the settings' shape differ.

/// `[server]`: `host` and `port` become `listen` once both are known.
struct ServerDraft: Sendable {
    var settings = ServerSettings()
    var host = "0.0.0.0"
    var port = 8080
}

/// `[[proxy]]`: `target` and `targets` become one list.
struct ProxyDraft: Sendable {
    var settings = ProxySettings(paths: [], targets: [])
    var single: TargetSettings?
}

/// A target written as a table.
struct TargetDraft: Sendable {
    /// What the URL says.
    var location: TargetSettings?
    var id: String?
    var enabled = true
    var weight = 1
    var backup = false
    var maxConnections = 0

    init() {}

    init(_ settings: TargetSettings) {
        location = try? TargetSettings(url: settings.url)
        id = settings.id == location?.id ? nil : settings.id
        enabled = settings.enabled
        weight = settings.weight
        backup = settings.backup
        maxConnections = settings.maxConnections
    }

    var settings: TargetSettings? {
        guard var settings = location else { return nil }
        settings.id = id ?? settings.id
        settings.enabled = enabled
        settings.weight = weight
        settings.backup = backup
        settings.maxConnections = maxConnections
        return settings
    }
}

/// The whole file.
struct ConfigurationDraft: Sendable {
    var application = ApplicationSettings()
    var server = ServerDraft()
    var sites = [SiteSettings()]
    var admin = AdminSettings()
    var proxyDefaults = ProxyDraft()
    var proxies: [ProxyDraft] = []
    var redirects: [RedirectSettings] = []
    var ssl = SSLSettings()
    var logging = LoggingSettings()
    var tracing = TracingSettings()

    init() {}

    init(_ configuration: Configuration) {
        application = configuration.application
        server.settings = configuration.server
        sites = configuration.sites
        redirects = configuration.redirects
        admin = configuration.admin
        proxies = configuration.routes.map { ProxyDraft(settings: $0) }
        ssl = configuration.ssl
        logging = configuration.logging
        tracing = configuration.tracing
    }

    var configuration: Configuration {
        var configuration = Configuration()
        configuration.application = application
        configuration.server = server.settings
        configuration.sites = sites
        configuration.redirects = redirects
        configuration.admin = admin
        configuration.routes = proxies.map(\.settings)
        configuration.ssl = ssl
        configuration.logging = logging
        configuration.tracing = tracing
        return configuration
    }
}
