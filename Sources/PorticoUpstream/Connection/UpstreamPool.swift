// What carries the requests of one event loop to one target: connections that are at hand, and the opening of new ones.
// A subclass for each protocol that backends speak. Confined to its event loop.
import NIOCore
package import PorticoCore
package import PorticoTransport

package class UpstreamPool {
    package final let eventLoop: TransportLoop
    /// The time at the last tick; without connections nobody ticks.
    final var now = MonotonicTime.now()

    init(eventLoop: TransportLoop) { self.eventLoop = eventLoop }

    package var openCount: Int { fatalError("subclass") }

    /// Of those, the ones that wait for a request.
    package var idleCount: Int { 0 }

    /// What is at hand and open, if there is something. `carefully`: the request must not be sent twice.
    package func take(carefully: Bool) -> UpstreamStream? { fatalError("subclass") }

    /// Opens what is not at hand. Fails with `connectRefused`, `connectTimeout` or `resolveFailed`, which may be retried.
    package func connect(_ done: @escaping (Result<UpstreamStream, PorticoError>) -> Void) { fatalError("subclass") }

    /// Closes what idled too long and times out what waits too long.
    package func tick(_ now: MonotonicTime) { fatalError("subclass") }

    package func closeIdle() { fatalError("subclass") }

    /// Not before `duration` is over, and within a tick after it.
    final func deadline(in duration: Interval) -> MonotonicTime { now + duration + .milliseconds(250) }
}
