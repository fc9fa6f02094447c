// One line that says what a configuration amounts to, and one that counts its faults.

extension LoadedConfiguration {
    /// `app_config.toml: ok (3 routes, 5 targets, listening on 0.0.0.0:8080)`.
    package var summary: String {
        let targets = configuration.routes.reduce(0) { $0 + $1.targets.count }
        var parts = [ConfigSummary.count(configuration.routes.count, "route")]
        if targets > 0 { parts.append(ConfigSummary.count(targets, "target")) }
        parts.append("listening on " + configuration.server.listen.map(\.description).joined(separator: ", "))
        if configuration.ssl.enabled { parts.append("HTTPS on port \(configuration.ssl.port)") }
        if !warnings.isEmpty { parts.append(ConfigSummary.count(warnings.count, "warning")) }
        return "\(name): ok (\(parts.joined(separator: ", ")))"
    }
}

package enum ConfigSummary {
    /// `2 errors, 1 warning`.
    package static func counts(_ faults: [ConfigFault]) -> String {
        let errors = faults.count { $0.severity == .error }
        let warnings = faults.count - errors
        return count(errors, "error") + (warnings > 0 ? ", " + count(warnings, "warning") : "")
    }

    fileprivate static func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }
}
