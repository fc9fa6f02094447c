// Many ask for the same file at once: it is read once, on the thread pool, and all get the result.
import NIOCore
import NIOPosix
import PorticoCore
import Synchronization

final class SingleFlight<Value: Sendable>: Sendable {
    private let waiting = Mutex<[[UInt8]: [EventLoopPromise<Value>]]>([:])

    /// The result of `work`, or of the same work that runs already, on `loop`. The work lands its result, once, and may go on with
    /// something else.
    func join(
        _ key: [UInt8], on loop: any EventLoop, _ work: @escaping @Sendable (_ land: (Value) -> Void) -> Void
    ) -> EventLoopFuture<Value> {
        let promise = loop.makePromise(of: Value.self)
        let isFirst = waiting.withLock { waiting in
            waiting[key, default: []].append(promise)
            return waiting[key]?.count == 1
        }
        if isFirst {
            NIOThreadPool.singleton.submit { state in
                guard case .active = state else { return self.land(key, .failure(ChannelError.ioOnClosedChannel)) }
                work { self.land(key, .success($0)) }
            }
        }
        return promise.futureResult
    }

    private func land(_ key: [UInt8], _ result: Result<Value, any Error>) {
        let promises = waiting.withLock { $0.removeValue(forKey: key) ?? [] }
        for promise in promises { promise.completeWith(result) }
    }
}
