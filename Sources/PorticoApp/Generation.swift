// One configuration, compiled: what the pipeline needs to answer, and nothing that has to be looked up again.
import PorticoConfig
import PorticoCore
import PorticoHTTP
import PorticoProxy
import PorticoRouting
import PorticoTelemetry
import PorticoUpstream

/// Immutable; every loop holds a reference.
final class Generation: Sendable {
    let routes: RouteTable
    let proxies: [ProxyRoute]
    /// Of each route, its row in what is counted.
    let rows: [Int]
    let redirects: RedirectTable
    let sites: Sites
    let watchedTargets: [WatchedTarget]
    let trustedProxies: [IPRange]
    let healthEndpoints: Bool
    /// Nil where no request becomes a span.
    let sampling: TraceSampling?
    let spanDestination: SpanDestination?
    /// Where plain requests are sent that must be encrypted: ours, or what stands in front of us.
    let securePort: Int

    /// What did not change is taken from `former`: sites with their caches, routes with their connections. Throws where
    /// something that the configuration names cannot be used.
    init(
        _ configuration: Configuration, targets: TargetRegistry, names: RouteNames = RouteNames(),
        former: Generation? = nil
    ) throws {
        routes = RouteTable(configuration.routes)
        var tls = UpstreamTLSContexts()
        proxies = try configuration.routes.map { settings in
            try former?.proxies.first { $0.isStill(settings) } ?? ProxyRoute(settings, registry: targets, tls: &tls)
        }
        rows = proxies.map { names.row(of: $0.label.text) }
        watchedTargets = proxies.flatMap(\.watched)
        redirects = RedirectTable(configuration.redirects)
        sites = Sites(configuration.sites, names: names, former: former?.sites)
        trustedProxies = configuration.server.trustedProxies
        healthEndpoints = configuration.server.healthEndpoints
        spanDestination = try SpanDestination(configuration)
        sampling = spanDestination.map { _ in TraceSampling(ratio: configuration.tracing.sampleRatio) }
        securePort = configuration.ssl.enabled ? configuration.ssl.port : 443
    }

    /// To be called once it is certain that it will serve; nothing that runs has changed before.
    func takeEffect() {
        var told: Set<ObjectIdentifier> = []
        for proxy in proxies { proxy.takeEffect(&told) }
    }

    /// Targets that it names; the registry may forget the others once it is in use.
    var targetStates: [TargetState] { proxies.flatMap { $0.targets.map(\.state) } }
}
