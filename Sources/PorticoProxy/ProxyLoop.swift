// What one event loop keeps for proxying: a lane for each route. Entry point for proxied requests.
import NIOCore
import PorticoConfig
package import PorticoCore
package import PorticoHTTP
package import PorticoTransport
import PorticoUpstream

package final class ProxyLoop {
    private let eventLoop: TransportLoop
    private let loopIndex: Int
    private(set) var lanes: [RouteLane] = []
    /// Of routes that are no longer in use: until their last requests end.
    private var leaving: [RouteLane] = []
    private var fields = ByteBuffer()
    private let spareHead = SpareHead()

    package init(eventLoop: TransportLoop, routes: [ProxyRoute], loopIndex: Int) {
        self.eventLoop = eventLoop
        self.loopIndex = loopIndex
        use(routes)
    }

    /// Requests from now on take these routes. One that was there before goes on as it was; connections of the others no
    /// longer wait for a next request.
    package func use(_ routes: [ProxyRoute]) {
        let former = Dictionary(lanes.map { (ObjectIdentifier($0.route), $0) }, uniquingKeysWith: { first, _ in first })
        lanes = routes.map {
            former[ObjectIdentifier($0)]
                ?? RouteLane($0, proxy: self, eventLoop: eventLoop, loopIndex: loopIndex)
        }
        for route in routes { for target in route.targets { target.endpoint.prepare() } }
        let current = Set(routes.map(ObjectIdentifier.init))
        for (route, lane) in former where !current.contains(route) {
            lane.closeIdle()
            leaving.append(lane)
        }
    }

    /// Answers the exchange from the route's targets. `trustsPeer`: the connection comes from a trusted proxy.
    package func answer(_ exchange: Exchange, route index: Int, prefixLength: Int, trustsPeer: Bool) {
        let lane = lanes[index]
        if lane.route.takesOnlyWebSockets, let refusal = WebSocketHandshake.refusal(exchange.head) {
            return refusal.answer(exchange)
        }
        RoundTrip(exchange, lane: lane, prefixLength: prefixLength, trustsPeer: trustsPeer).start()
    }

    /// Starts the client's answer. The fields are written to memory that the loop uses for every answer.
    /// `cookie` is a field line of ours. Returns what the body must go through on its way; nil: it goes as it comes.
    func relay(_ head: ResponseHeadView, to exchange: Exchange, of route: ProxyRoute, cookie: [UInt8]? = nil)
        -> AnswerEncoder?
    {
        fields.clear()
        let compression = route.compression?.decide(head, for: exchange.head) ?? .untouched
        RelayedResponse.write(head, for: exchange, compression, to: &fields)
        if let cookie { fields.writeBytes(cookie) }
        if let rules = route.responseRules { rules.apply(to: &fields, from: fields.readerIndex) }
        exchange.start(
            ResponseHead(
                status: head.status, fields: fields,
                length: compression.encoder == nil ? RelayedResponse.length(head) : .streamed,
                hasDate: head.fields.has(.date)))
        return compression.encoder
    }

    func makePool(for target: Target) -> UpstreamPool { target.endpoint.makePool(on: eventLoop, spareHead: spareHead) }

    /// True while there are connections to watch.
    package func tick(_ now: MonotonicTime) -> Bool {
        var isBusy = false
        for lane in lanes where lane.tick(now) { isBusy = true }
        leaving.removeAll { lane in
            lane.closeIdle()
            // One that pauses before a retry has no connection yet, and will want one that is looked after.
            return !lane.tick(now) && !lane.chooser.hasRequests
        }
        return isBusy || !leaving.isEmpty
    }

    /// Adds this loop's connections to each target.
    package func countConnections(into tallies: inout [ObjectIdentifier: ConnectionTally]) {
        for lane in lanes + leaving {
            for post in lane.posts {
                let tally = post.connectionCount
                if tally.open > 0 { tallies[ObjectIdentifier(post.target.state), default: ConnectionTally()] += tally }
            }
        }
    }

    package func closeIdle() { for lane in lanes + leaving { lane.closeIdle() } }
}
