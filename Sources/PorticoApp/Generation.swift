// One configuration, compiled: what the pipeline needs to answer, and nothing that has to be looked up again.
import PorticoConfig
import PorticoCore
import PorticoProxy
import PorticoRouting
import PorticoUpstream

/// Immutable; every loop holds a reference.
final class Generation: Sendable {
    let routes: RouteTable
    let proxies: [ProxyRoute]
    let redirects: RedirectTable
    let sites: Sites
    let watchedTargets: [WatchedTarget]
    let trustedProxies: [IPRange]
    let healthEndpoints: Bool
    /// Where plain requests are sent that must be encrypted: ours, or what stands in front of us.
    let securePort: Int

    /// Throws where something that the configuration names cannot be used.
    init(_ configuration: Configuration, targets: TargetRegistry) throws {
        routes = RouteTable(configuration.routes)
        var tls = UpstreamTLSContexts()
        proxies = try configuration.routes.map { try ProxyRoute($0, registry: targets, tls: &tls) }
        watchedTargets = proxies.flatMap(\.watched)
        targets.keep(only: proxies.flatMap { $0.targets.map(\.state) })
        redirects = RedirectTable(configuration.redirects)
        sites = Sites(configuration.sites)
        trustedProxies = configuration.server.trustedProxies
        healthEndpoints = configuration.server.healthEndpoints
        securePort = configuration.ssl.enabled ? configuration.ssl.port : 443
    }
}
