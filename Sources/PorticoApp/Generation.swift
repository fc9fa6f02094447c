// One configuration, compiled: what the pipeline needs to answer, and nothing that has to be looked up again.
import PorticoConfig
import PorticoCore
import PorticoProxy
import PorticoRouting
import PorticoStatic

/// Immutable; every loop holds a reference.
final class Generation: Sendable {
    let routes: RouteTable
    let proxies: [ProxyRoute]
    let site: StaticSite
    let siteRoute = Label("static")
    let trustedProxies: [IPRange]
    let healthEndpoints: Bool

    init(_ configuration: Configuration) {
        routes = RouteTable(configuration.routes)
        proxies = configuration.routes.map(ProxyRoute.init)
        site = StaticSite(configuration.site)
        trustedProxies = configuration.server.trustedProxies
        healthEndpoints = configuration.server.healthEndpoints
    }
}
