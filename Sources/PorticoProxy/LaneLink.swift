// How other threads reach a lane: a target that is marked down, or has room again, is told on whatever thread saw it.
import NIOCore
import PorticoTransport
import PorticoUpstream

// SAFETY: `lane` is set before the link is shared, and read on the lane's event loop only.
final class LaneLink: @unchecked Sendable {
    private let eventLoop: TransportLoop
    weak var lane: RouteLane?

    init(_ eventLoop: TransportLoop) { self.eventLoop = eventLoop }

    func run(_ body: @escaping @Sendable (RouteLane) -> Void, ifGone: @escaping @Sendable () -> Void = {}) {
        eventLoop.execute { if let lane = self.lane { body(lane) } else { ifGone() } }
    }
}

// SAFETY: written and read on the event loop of the lane that made it; other threads only hand it back.
final class LineTicket: @unchecked Sendable {
    var number = 0
}
