// The event loops of a server, each on a thread of its own.
package import Dispatch
package import NIOCore
import PorticoCore
import Synchronization

package final class TransportGroup: EventLoopGroup {
    /// One per thread.
    package let loops: [TransportLoop]
    private let turn = Atomic(0)

    /// Throws an `IOError` where the system gives no threads or descriptors.
    package init(threads: Int) throws {
        var loops: [TransportLoop] = []
        do {
            for index in 0..<threads { try loops.append(TransportLoop.start(name: "portico-loop-\(index)")) }
        } catch {
            for loop in loops { loop.stop {} }
            throw error
        }
        self.loops = loops
    }

    /// The next in turn.
    package func nextLoop() -> TransportLoop {
        loops[turn.wrappingAdd(1, ordering: .relaxed).oldValue % loops.count]
    }

    package func next() -> any EventLoop { nextLoop() }

    package func any() -> any EventLoop { loops[0] }

    package func makeIterator() -> EventLoopIterator { EventLoopIterator(loops) }

    /// Closes what is open on the loops and ends their threads.
    package func shutdownGracefully(queue: DispatchQueue, _ callback: @escaping @Sendable ((any Error)?) -> Void) {
        let stopped = DispatchGroup()
        for loop in loops {
            stopped.enter()
            loop.stop { stopped.leave() }
        }
        stopped.notify(queue: queue) { callback(nil) }
    }
}
