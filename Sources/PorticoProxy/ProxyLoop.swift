// What one event loop keeps for proxying: a pool per backend address, a turn per route. Entry point for proxied
// requests.
package import NIOCore
import PorticoConfig
package import PorticoCore
package import PorticoHTTP
import PorticoUpstream

package final class ProxyLoop {
    private let eventLoop: any EventLoop
    var routes: [ProxyRoute]
    private var turns: [RoundRobin]
    private var fields = ByteBuffer()
    private var pools: [ObjectIdentifier: TargetPool] = [:]
    private let loopIndex: Int

    /// Holds the target, so that no other takes its identity meanwhile.
    private struct TargetPool {
        let target: Target
        let pool: UpstreamPool
    }

    package init(eventLoop: any EventLoop, routes: [ProxyRoute], loopIndex: Int) {
        self.eventLoop = eventLoop
        self.routes = routes
        self.loopIndex = loopIndex
        turns = routes.map { RoundRobin(count: $0.targets.count, startingAt: loopIndex) }
        for route in routes { for target in route.targets { target.endpoint.prepare() } }
    }

    /// Requests from now on take these routes; connections of targets that are in them no longer end when they idle.
    package func use(_ routes: [ProxyRoute]) {
        self.routes = routes
        turns = routes.map { RoundRobin(count: $0.targets.count, startingAt: loopIndex) }
        for route in routes { for target in route.targets { target.endpoint.prepare() } }
        let current = Set(routes.flatMap { $0.targets.map(ObjectIdentifier.init) })
        for (key, kept) in pools where !current.contains(key) { kept.pool.closeIdle() }
    }

    /// Answers the exchange from the route's targets. `trustsPeer`: the connection comes from a trusted proxy.
    package func answer(_ exchange: Exchange, route index: Int, prefixLength: Int, trustsPeer: Bool) {
        let route = routes[index]
        if route.takesOnlyWebSockets, let refusal = WebSocketHandshake.refusal(exchange.head) {
            return refusal.answer(exchange)
        }
        guard let first = pick(index) else {
            return GatewayFailure.answer(exchange, PorticoError(.noTarget, side: .internal), of: route)
        }
        RoundTrip(exchange, route: route, prefixLength: prefixLength, trustsPeer: trustsPeer, proxy: self)
            .start(at: first)
    }

    func pick(_ index: Int) -> Int? {
        let targets = routes[index].targets
        for _ in targets {
            guard let turn = turns[index].pick() else { return nil }
            let state = targets[turn].state
            let standing = state.standing
            guard standing.isDisjoint(with: .barred) else { continue }
            if standing.contains(.probing), !state.wouldAdmit(.now()) { continue }
            return turn
        }
        return nil
    }

    /// Starts the client's answer. The fields are written to memory that the loop uses for every answer.
    /// Returns what the body must go through on its way; nil: it goes as it comes.
    func relay(_ head: ResponseHeadView, to exchange: Exchange, of route: ProxyRoute) -> AnswerEncoder? {
        fields.clear()
        let compression = route.compression?.decide(head, for: exchange.head) ?? .untouched
        RelayedResponse.write(head, for: exchange.record, compression, to: &fields)
        if let rules = route.responseRules { rules.apply(to: &fields, from: fields.readerIndex) }
        exchange.start(
            ResponseHead(
                status: head.status, fields: fields,
                length: compression.encoder == nil ? RelayedResponse.length(head) : .streamed,
                hasDate: head.fields.has(.date)))
        return compression.encoder
    }

    func pool(for target: Target, of route: ProxyRoute) -> UpstreamPool {
        if let known = pools[ObjectIdentifier(target)] { return known.pool }
        let pool = target.endpoint.makePool(on: eventLoop)
        pools[ObjectIdentifier(target)] = TargetPool(target: target, pool: pool)
        return pool
    }

    /// True while there are connections to watch.
    package func tick(_ now: MonotonicTime) -> Bool {
        var isBusy = false
        for kept in pools.values {
            kept.pool.tick(now)
            if kept.pool.openCount > 0 { isBusy = true }
        }
        return isBusy
    }

    package func closeIdle() { for kept in pools.values { kept.pool.closeIdle() } }
}
