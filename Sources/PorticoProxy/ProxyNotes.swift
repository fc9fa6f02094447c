// What a route's steps tell a trace: the target that is picked and the request it would get. Nothing is sent.
import NIOCore
import PorticoConfig
import PorticoCore
package import PorticoHTTP
import PorticoUpstream

extension ProxyLoop {
    /// A dry run's part of a round trip: up to the moment where a connection would be taken.
    package func explain(_ exchange: Exchange, route index: Int, prefixLength: Int, trustsPeer: Bool) {
        guard let dry = exchange as? DryExchange, let trace = exchange.trace else { return }
        let lane = lanes[index]
        let route = lane.route
        let preferred = route.sticky?.target(of: exchange.head.fields)
        let now = exchange.loop.coarseNow
        guard let permit = lane.chooser.pick(key: lane.key(of: exchange), preferred: preferred, now: now).permit()
        else {
            trace.note("target", "none of \(route.targets.count) may be used: they are disabled or down")
            return GatewayFailure.answer(exchange, PorticoError(.noTarget, side: .internal), of: route)
        }
        let picked = permit.index
        // Nothing is asked of the target.
        lane.chooser.end(permit, .neutral, now: now)
        let target = route.targets[picked]
        trace.note("target", "\(target.label.text): \(Self.why(picked, preferred, of: route, exchange))")
        var head = ByteBuffer()
        ForwardedRequest(
            exchange: exchange, route: route, target: target, prefixLength: prefixLength, trustsPeer: trustsPeer,
            upgrades: false
        ).write(to: &head)
        for line in String(buffer: head).split(separator: "\r\n") { trace.note("forward", String(line)) }
        dry.leaveUnanswered()
    }

    private static func why(_ picked: Int, _ preferred: Int?, of route: ProxyRoute, _ exchange: Exchange) -> String {
        let count = route.targets.count
        if count == 1 { return "the only one" }
        if picked == preferred { return "the one that the client's cookie names" }
        let strategy = "one of \(count), by \(route.settings.strategy.rawValue); the server may pick another"
        guard let sticky = route.sticky, sticky.isShown(by: exchange.head.fields) else { return strategy }
        if preferred != nil { return strategy + " (the one that the cookie names takes no requests)" }
        return strategy + " (the client's cookie names none of these, or was made with a secret of a running server)"
    }
}
