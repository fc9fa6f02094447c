// Warnings: what is allowed and rarely meant. They never refuse a configuration.

struct ConfigLints {
    let configuration: Configuration
    let surroundings: Surroundings

    func run(_ reading: inout Reading) {
        SiteLints(sites: configuration.sites, surroundings: surroundings).run(&reading)
        lintWorldWritable(configuration.logging.directory, reading.accepted["logging.directory"], &reading)
        RedirectLints(redirects: configuration.redirects).run(&reading)
        lintPorts(&reading)
        lintTargets(&reading)
        lintHiddenRoutes(&reading)
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

    private func lintTargets(_ reading: inout Reading) {
        for (index, route) in configuration.routes.enumerated() {
            guard !route.targets.isEmpty, !route.targets.contains(where: \.enabled) else { continue }
            reading.warn(
                "every target of this [[proxy]] is disabled; it answers 503",
                at: reading.accepted["proxy[\(index)].targets"])
        }
    }

    /// A file of very many routes is not compared pair by pair.
    private static let mostComparedRoutes = 2000

    private func lintHiddenRoutes(_ reading: inout Reading) {
        let routes = configuration.routes
        guard routes.count <= ConfigLints.mostComparedRoutes else { return }
        for (index, route) in routes.enumerated() where !route.paths.isEmpty {
            guard let hider = routes[..<index].firstIndex(where: { $0.hides(route) }) else { continue }
            let path = "proxy[\(hider)].path"
            let place = reading.accepted[path].flatMap(\.key).map { " in line \($0.line)" } ?? ""
            reading.warn(
                "this route is never reached: the [[proxy]] with path \(routes[hider].pathText)\(place) takes its requests",
                at: reading.accepted["proxy[\(index)].path"])
        }
    }
}

extension ProxySettings {
    /// Whether every request the other route would take is taken by this one.
    fileprivate func hides(_ other: ProxySettings) -> Bool {
        other.paths.allSatisfy { path in paths.contains { $0.covers(path) } }
            && HostCover.list(hosts, coversAll: other.hosts)
            && (methods.isEmpty || (!other.methods.isEmpty && Set(methods).isSuperset(of: other.methods)))
    }

    fileprivate var pathText: String { paths.map { "\"\($0)\"" }.joined(separator: ", ") }
}
