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
        // The permit is dropped with this call: nothing was asked of the target.
        guard let permit = lane.chooser.pick(key: lane.key(of: exchange), now: exchange.loop.coarseNow).permit() else {
            trace.note("target", "none of \(route.targets.count) may be used: they are disabled or down")
            return GatewayFailure.answer(exchange, PorticoError(.noTarget, side: .internal), of: route)
        }
        let target = route.targets[permit.index]
        let count = route.targets.count
        let others =
            count == 1
            ? "the only one" : "one of \(count), by \(route.settings.strategy.rawValue); the server may pick another"
        trace.note("target", "\(target.label.text): \(others)")
        var head = ByteBuffer()
        ForwardedRequest(
            exchange: exchange, route: route, target: target, prefixLength: prefixLength, trustsPeer: trustsPeer,
            upgrades: false
        ).write(to: &head)
        for line in String(buffer: head).split(separator: "\r\n") { trace.note("forward", String(line)) }
        dry.leaveUnanswered()
    }
}
