// Warnings: what is allowed and rarely meant. They never refuse a configuration.
import PorticoCore

struct ConfigLints {
    let configuration: Configuration
    let surroundings: Surroundings

    func run(_ reading: inout Reading) {
        SiteLints(sites: configuration.sites, surroundings: surroundings).run(&reading)
        lintWorldWritable(configuration.logging.directory, reading.accepted["logging.directory"], &reading)
        RedirectLints(redirects: configuration.redirects, routes: configuration.routes).run(&reading)
        lintPorts(&reading)
        lintTargets(&reading)
        HiddenRoutes.lint(configuration.routes, &reading)
        lintTimeouts(&reading)
        lintSecureRoutes(&reading)
        lintUpstreamTLS(&reading)
        lintTracing(&reading)
    }

    private func lintTracing(_ reading: inout Reading) {
        guard configuration.tracing.endpoint == nil, configuration.tracing.sampleRatio > 0 else { return }
        reading.warn(
            "nothing is sampled: [tracing] has no `otlp_endpoint`", at: reading.accepted["tracing.sample_ratio"])
    }

    private func lintWorldWritable(_ path: String, _ node: ConfigNode?, _ reading: inout Reading) {
        guard surroundings.isWorldWritableFolder(path) else { return }
        reading.warn("the directory \(path) is writable for everyone", at: node)
    }

    private func lintPorts(_ reading: inout Reading) {
        for address in configuration.server.listen {
            guard case .tcp(_, let port) = address else { continue }
            lintPort(port, reading.accepted["server.listen"], &reading)
        }
        if configuration.ssl.enabled { lintPort(configuration.ssl.port, reading.accepted["ssl.port"], &reading) }
    }

    private func lintPort(_ port: Int, _ node: ConfigNode?, _ reading: inout Reading) {
        guard port > 0, port < surroundings.firstUnprivilegedPort else { return }
        reading.warn("port \(port) needs a right that this user does not have (CAP_NET_BIND_SERVICE)", at: node)
    }

    private func lintTimeouts(_ reading: inout Reading) {
        let client = configuration.server.writeIdleTimeout
        var told: Set<String> = []
        for (index, route) in configuration.routes.enumerated() where route.timeout > client {
            // Where a route has no timeout of its own, what makes its default too long is told, once.
            let node = reading.accepted["proxy[\(index)].timeout"] ?? reading.accepted["server.write_idle_timeout"]
            guard told.insert(node?.path.description ?? "").inserted else { continue }
            reading.warn(
                "a backend is waited for longer (`timeout` in [[proxy]], \(route.timeout.text)) than its clients are "
                    + "(`write_idle_timeout` in [server], \(client.text))", at: node)
        }
    }

    private func lintSecureRoutes(_ reading: inout Reading) {
        guard !configuration.ssl.enabled, configuration.server.trustedProxies.isEmpty else { return }
        for (index, route) in configuration.routes.enumerated() where route.requiresTLS {
            reading.warn(
                "this [[proxy]] is for HTTPS only, but neither is [ssl] enabled nor are there `trusted_proxies` that could "
                    + "speak it: every request is redirected or refused",
                at: reading.accepted["proxy[\(index)].ssl_required"])
        }
    }

    private func lintTargets(_ reading: inout Reading) {
        for (index, route) in configuration.routes.enumerated() {
            guard !route.targets.isEmpty, !route.targets.contains(where: \.enabled) else { continue }
            reading.warn(
                "every target of this [[proxy]] is disabled; it answers 503",
                at: reading.accepted["proxy[\(index)].targets"])
        }
    }

    private func lintUpstreamTLS(_ reading: inout Reading) {
        var seen: Set<String> = []
        for (index, route) in configuration.routes.enumerated() where !route.tls.verify {
            guard route.targets.contains(where: { $0.transport == .tls }) else { continue }
            let node = reading.accepted["proxy[\(index)].tls.verify"]
            guard seen.insert(node?.path.description ?? "").inserted else { continue }
            reading.warn("`https` targets are not verified: anyone on the way can answer in their name", at: node)
        }
    }
}
