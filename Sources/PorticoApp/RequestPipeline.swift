// The way of every request, step by step, in the order of docs/request-life.md. One pipeline per event loop.
import PorticoConfig
import PorticoCore
import PorticoHTTP
import PorticoLog
import PorticoProxy
import PorticoRouting
import PorticoStatic

// SAFETY: made before its loop serves, then used on that loop only; references cross threads, contents do not.
final class RequestPipeline: ExchangeHandler, @unchecked Sendable {
    private let loop: ServerLoop
    private var generation: Generation
    private var accessLog: AccessLog?
    private var metrics: ExchangeMetrics?
    private let spans: ExchangeSpans?

    private let proxy: ProxyLoop

    init(
        loop: ServerLoop, index: Int, generation: Generation, accessLog: AccessLog?, metrics: ExchangeMetrics? = nil,
        spans: ExchangeSpans? = nil
    ) {
        self.loop = loop
        proxy = ProxyLoop(eventLoop: loop.eventLoop, routes: generation.proxies, loopIndex: index)
        self.generation = generation
        self.accessLog = accessLog
        self.metrics = metrics
        self.spans = spans
    }

    /// Requests that come from now on are answered by another generation.
    func use(_ generation: Generation) {
        self.generation = generation
        proxy.use(generation.proxies)
    }

    /// Requests that end from now on are logged by other rules; what is gathered goes out by the old ones.
    func use(_ accessLog: AccessLog?) { self.accessLog = accessLog }

    func answer(_ exchange: Exchange) {
        let trustsPeer = begin(exchange)
        exchange.trace?.noteRequest(exchange)
        let match = route(exchange)
        exchange.trace?.noteRoute(generation, match)
        if let match, !admits(exchange, match, trustsPeer: trustsPeer) { return }
        if redirect(exchange) { return }
        exchange.trace?.noteNoRedirect(generation)
        guard let match else { return answerFromSite(exchange) }
        guard rewrites(exchange, match) else { return }
        answerFromProxy(exchange, match, trustsPeer: trustsPeer)
    }

    /// 1: the client's address through trusted proxies, and whether the request is traced. Request id and clock were set when
    /// the head came in. Says whether the peer is such a proxy.
    private func begin(_ exchange: Exchange) -> Bool {
        let trustsPeer = identify(exchange)
        if let sampling = generation.sampling { TraceContext.sample(exchange, sampling) }
        return trustsPeer
    }

    private func identify(_ exchange: Exchange) -> Bool {
        guard !generation.trustedProxies.isEmpty else { return false }
        let trustsPeer = ForwardedClient.resolve(exchange, trusted: generation.trustedProxies)
        if trustsPeer { TraceContext.adopt(exchange) }
        return trustsPeer
    }

    /// 3: the first `[[proxy]]` in file order that matches; nil leaves it to the site.
    private func route(_ exchange: Exchange) -> RouteTable.Match? {
        guard !generation.routes.isEmpty else { return nil }
        let head = exchange.head
        return head.withRoutingPath {
            generation.routes.match(path: $0, host: head.hostBytes, method: head.methodBytes) {
                head.fields.contains($0.name, value: $0.value)
            }
        }
    }

    /// 4: HTTPS where the route asks for it; a body that is too long is refused before it is read, where its length says
    /// so.
    private func admits(_ exchange: Exchange, _ match: RouteTable.Match, trustsPeer: Bool) -> Bool {
        let route = generation.proxies[match.route]
        exchange.record.route = route.label
        exchange.record.routeRow = generation.rows[match.route]
        if route.shapesOwnAnswers { exchange.shaper = route }
        if route.requiresTLS, !SecureRedirect.isSecure(exchange, trustsPeer: trustsPeer) {
            SecureRedirect.answer(exchange, port: generation.securePort)
            return false
        }
        if let limit = route.settings.maxBodySize { exchange.maxBodySize = limit.bytes }
        guard exchange.maxBodySize > 0, case .length(let length) = exchange.head.framing,
            length > exchange.maxBodySize
        else { return true }
        exchange.record.reason = .bodyTooLarge
        exchange.respond(error: 413, message: HeadFault.bodyTooLarge.reason)
        return false
    }

    /// 5: the path that the backend gets. Nothing where the route has no such rule.
    private func rewrites(_ exchange: Exchange, _ match: RouteTable.Match) -> Bool {
        let route = generation.proxies[match.route]
        guard let rewrite = route.rewrite, !exchange.head.targetBytes.equals("*") else { return true }
        let dropped = route.droppedLength(ofPrefix: match.prefixLength)
        switch exchange.head.withRoutingPath({ rewrite.apply(to: $0, dropping: dropped) }) {
        case .unchanged: return true
        case .path(let path):
            exchange.head.rewrittenPath = path
            return true
        case .invalid:
            exchange.record.reason = .rewriteInvalid
            exchange.respond(error: 400, message: "The rewritten path of this request is not valid.")
            return false
        }
    }

    /// 6: a backend answers what a route takes.
    private func answerFromProxy(_ exchange: Exchange, _ match: RouteTable.Match, trustsPeer: Bool) {
        if exchange.trace != nil {
            return proxy.explain(
                exchange, route: match.route, prefixLength: match.prefixLength, trustsPeer: trustsPeer)
        }
        proxy.answer(exchange, route: match.route, prefixLength: match.prefixLength, trustsPeer: trustsPeer)
    }

    /// 5: the first `[[redirect]]` that matches sends the client elsewhere.
    private func redirect(_ exchange: Exchange) -> Bool {
        generation.redirects.hasRedirects && RedirectStep.answer(exchange, generation.redirects)
    }

    /// 6: a site answers what no route takes.
    private func answerFromSite(_ exchange: Exchange) {
        guard let index = generation.sites.select(exchange.head) else { return answerWithoutSite(exchange) }
        exchange.record.route = generation.sites.places[index].label
        exchange.record.routeRow = generation.sites.places[index].row
        exchange.trace?.noteSite(generation.sites.places[index], exchange.head)
        let missing = generation.redirects.hasRewrites ? answerRewritten : answerHealth
        generation.sites.places[index].site.answer(exchange, missing: missing)
    }

    /// No file lies at the path: a rewrite may know another one, once.
    private func answerRewritten(_ exchange: Exchange) -> Bool {
        guard RedirectStep.rewrite(exchange, generation.redirects),
            let index = generation.sites.select(exchange.head)
        else { return answerHealth(exchange) }
        let place = generation.sites.places[index]
        exchange.record.route = place.label
        exchange.record.routeRow = place.row
        exchange.trace?.noteSite(place, exchange.head)
        place.site.answer(exchange, missing: answerHealth)
        return true
    }

    private func answerWithoutSite(_ exchange: Exchange) {
        exchange.trace?.note("site", "no [[static]] takes the host and the path")
        if answerHealth(exchange) { return }
        exchange.record.reason = .noSite
        exchange.respond(error: 404, message: "There is nothing here by this name.")
    }

    private func answerHealth(_ exchange: Exchange) -> Bool {
        guard generation.healthEndpoints, let response = HealthEndpoints.response(exchange.head) else { return false }
        exchange.trace?.note("health", "a health endpoint of Portico's own answers")
        exchange.respond(response)
        return true
    }

    /// 7: errors of ours, on routes too, are told with the site's own page.
    func errorPage(_ status: Int, for exchange: Exchange) -> ErrorPage? {
        generation.sites.errorPage(status, for: exchange)
    }

    /// 9: the access line and the counters, for every exchange.
    func record(_ exchange: Exchange) {
        let now = MonotonicTime.now()
        accessLog?.append(exchange, at: now)
        metrics?.count(exchange, at: now)
        if let trail = exchange.trail { spans?.append(exchange, trail, at: now) }
    }

    /// Of the upstream connections of this loop, by `TargetState`.
    func countConnections(into tallies: inout [ObjectIdentifier: ConnectionTally]) {
        proxy.countConnections(into: &tallies)
    }

    func tick(_ now: MonotonicTime) -> Bool {
        metrics?.tick(late: loop.lateness)
        accessLog?.handOver()
        return proxy.tick(now)
    }
}
