// The effective configuration: every value decided, every path absolute. Nothing here reads TOML.

/// One decoded and validated `app_config.toml`. The default value is what Portico does without a file.
package struct Configuration: Sendable, Equatable {
    package var application = ApplicationSettings()
    package var server = ServerSettings()
    package var site = SiteSettings()
    /// In file order: the first that matches answers.
    package var routes: [ProxySettings] = []
    package var ssl = SSLSettings()
    package var logging = LoggingSettings()

    package init() {}
}

package struct ApplicationSettings: Sendable, Equatable {
    package var name = "portico"
    package var environment = "production"

    package init() {}
}
