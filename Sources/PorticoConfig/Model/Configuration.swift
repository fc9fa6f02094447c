// The effective configuration: every value decided, every path absolute. Nothing here reads TOML.

/// One decoded and validated `app_config.toml`. The default value is what Portico does without a file.
package struct Configuration: Sendable, Equatable {
    package var application = ApplicationSettings()
    package var server = ServerSettings()
    /// In file order: the first that matches answers what no route takes. Never empty.
    package var sites = [SiteSettings()]
    package var admin = AdminSettings()
    /// In file order: the first that matches answers.
    package var routes: [ProxySettings] = []
    /// In file order: the first that matches.
    package var redirects: [RedirectSettings] = []
    package var ssl = SSLSettings()
    package var logging = LoggingSettings()
    package var tracing = TracingSettings()

    package init() {}

    /// The first site; for most files the only one.
    package var site: SiteSettings {
        get { sites[0] }
        set { sites[0] = newValue }
    }
}

package struct ApplicationSettings: Sendable, Equatable {
    package var name = "portico"
    package var environment = "production"

    package init() {}
}
