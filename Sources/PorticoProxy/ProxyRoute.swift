// One `[[proxy]]` route, compiled: its targets and what a round trip needs to know. Immutable, shared by all loops.
package import NIOCore
package import PorticoConfig
package import PorticoCore
import PorticoHTTP
package import PorticoUpstream

package final class ProxyRoute: Sendable {
    package let settings: ProxySettings
    private let files: NamedFiles
    package let label: Label
    /// In file order, disabled ones included: an operator may enable them.
    package let targets: [Target]
    private let states: Set<ObjectIdentifier>
    /// Only wildcard routes have a prefix to lose.
    let stripsPrefix: Bool
    let literalHost: [UInt8]
    package let rewrite: PathRewrite?
    let requestRules: HeaderRules?
    let responseRules: HeaderRules?
    /// The response rules that hold for errors of our own.
    private let ownAnswerRules: HeaderRules?
    package let requiresTLS: Bool
    let compression: ResponseCompression?
    /// For strategies that go by a key of the request.
    let ring: HashRing?
    let balancingKey: BalancingKey?
    let retryRule: RetryRule
    let budget: RouteBudget
    let sticky: StickySessions?
    /// Some target takes only so many requests at once.
    let hasLimits: Bool
    /// To the response head.
    let timeout: Interval
    let idleTimeout: Interval
    /// What is no good WebSocket handshake is answered here.
    let takesOnlyWebSockets: Bool
    /// Of upgraded streams, and of gRPC, whose calls may be silent for long.
    let streamIdleTimeout: Interval
    /// What answers where no target did; nil: a plain error.
    let fallback: FallbackAnswer?

    /// Changes nothing that others see: `takeEffect` does, once all of a configuration is known to be good. Throws where a file that it
    /// names cannot be used.
    package init(_ settings: ProxySettings, registry: TargetRegistry, tls: inout UpstreamTLSContexts) throws {
        self.settings = settings
        files = NamedFiles(of: settings)
        label = Label(settings.paths.map(\.description).joined(separator: ","))
        let identity = Self.identity(of: settings)
        targets = try settings.targets.map {
            let state = registry.state(of: $0, route: identity)
            return try Target($0, of: settings, state: state, tls: &tls)
        }
        states = Set(targets.map { ObjectIdentifier($0.state) })
        balancingKey = BalancingKey(settings)
        ring = balancingKey.map { _ in
            HashRing(names: settings.targets.map(\.id), weights: settings.targets.map(\.weight))
        }
        retryRule = RetryRule(settings.retries)
        budget = RouteBudget(share: settings.retries.budget)
        sticky = StickySessions(
            settings.sticky, ids: settings.targets.map(\.id), route: identity, path: Self.cookiePath(settings),
            secret: Self.secret(settings.sticky) ?? registry.secret)
        hasLimits = settings.targets.contains { $0.maxConnections > 0 }
        fallback = settings.fallback.map(FallbackAnswer.init)
        stripsPrefix = settings.stripPrefix
        takesOnlyWebSockets = settings.protocol == .websocket
        timeout = Interval(settings.timeout)
        idleTimeout = Interval(settings.idleTimeout ?? .seconds(settings.protocol == .grpc ? 3600 : 60))
        streamIdleTimeout = Interval(settings.idleTimeout ?? .seconds(3600))
        rewrite = PathRewrite(settings.rewrite)
        requestRules = HeaderRules(settings.requestHeaders)
        responseRules = HeaderRules(settings.responseHeaders)
        ownAnswerRules = HeaderRules(settings.responseHeaders, forOwnAnswers: true)
        requiresTLS = settings.requiresTLS
        compression = settings.compression ? ResponseCompression(SiteCompression()) : nil
        if case .literal(let host) = settings.hostHeader { literalHost = Array(host.utf8) } else { literalHost = [] }
    }

    func has(_ state: TargetState) -> Bool { states.contains(ObjectIdentifier(state)) }

    /// The targets' states, which former routes share, are told what holds from now on; but for those that were `told` already, by an
    /// earlier route that matches the same.
    package func takeEffect(_ told: inout Set<ObjectIdentifier>) {
        for target in targets where told.insert(ObjectIdentifier(target.state)).inserted {
            target.state.configure(target.settings, slowStart: settings.slowStart)
            target.state.setBreaker(settings.circuitBreaker)
        }
    }

    /// Whether a new route would be no other: the same settings, and the files that they name are as they were.
    package func isStill(_ settings: ProxySettings) -> Bool {
        self.settings == settings && files == NamedFiles(of: settings)
    }

    /// What a watch over the targets needs to know.
    package var watched: [WatchedTarget] {
        targets.map { target in
            let plan = HealthCheckPlan(settings, target.settings, authority: target.authority)
            let endpoint = target.endpoint.forChecks(port: plan?.port, timeout: plan?.timeout)
            return WatchedTarget(state: target.state, plan: plan) { endpoint.makePool(on: $0) }
        }
    }

    /// The time until one of the targets may be tried again, in whole seconds, for `Retry-After`.
    func retryAfter(_ now: MonotonicTime) -> Int {
        let next = targets.compactMap { $0.state.nextAttempt(now) }.min()
        guard let next else { return GatewayFailure.retryAfter }
        return max(1, Int(((next - now).nanoseconds + 999_999_999) / 1_000_000_000))
    }

    private static func secret(_ settings: StickySettings) -> [UInt8]? {
        settings.secret.map { Array($0.utf8) } ?? SecretFile.read(settings.secretFile)
    }

    /// Where a cookie of this route holds: routes side by side do not take each other's.
    private static func cookiePath(_ settings: ProxySettings) -> String {
        guard settings.paths.count == 1 else { return "/" }
        switch settings.paths[0] {
        case .any: return "/"
        case .exact(let path), .prefix(let path): return path.contains(";") || path.isEmpty ? "/" : path
        }
    }

    /// What makes a route the same one after a reload: what it matches.
    private static func identity(of settings: ProxySettings) -> String {
        let hosts = settings.hosts.joined(separator: ",")
        let paths = settings.paths.map(\.description).joined(separator: ",")
        let methods = settings.methods.joined(separator: ",")
        let headers = settings.headers.map { " \($0.name):\($0.value)" }.joined()
        return hosts + paths + (methods.isEmpty ? "" : " " + methods) + headers
    }

    /// Bytes of a path with this much prefix that backends do not see.
    package func droppedLength(ofPrefix length: Int) -> Int { stripsPrefix ? length : 0 }
}

extension ProxyRoute: AnswerShaping {
    package var shapesOwnAnswers: Bool { ownAnswerRules != nil }

    package func shapeOwnAnswer(_ fields: inout ByteBuffer) {
        ownAnswerRules?.apply(to: &fields, from: fields.readerIndex)
    }
}
