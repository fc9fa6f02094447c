// Many ask for the same thing at once: it is done once, on the thread pool, and all get the result.
import NIOCore
import NIOPosix
import PorticoCore
import Synchronization

final class SingleFlight<Value: Sendable>: Sendable {
    struct Key: Hashable, Sendable {
        var path: [UInt8]
        var coding: ContentCoding?
    }

    private let waiting = Mutex<[Key: [EventLoopPromise<Value>]]>([:])

    /// The result of `work`, or of the same work that runs already, on `loop`.
    func join(
        _ key: Key, on loop: any EventLoop, _ work: @escaping @Sendable () -> Value
    ) -> EventLoopFuture<Value> {
        let promise = loop.makePromise(of: Value.self)
        let isFirst = waiting.withLock { waiting in
            waiting[key, default: []].append(promise)
            return waiting[key]?.count == 1
        }
        if isFirst {
            NIOThreadPool.singleton.submit { state in
                guard case .active = state else { return self.land(key, .failure(ChannelError.ioOnClosedChannel)) }
                self.land(key, .success(work()))
            }
        }
        return promise.futureResult
    }

    private func land(_ key: Key, _ result: Result<Value, any Error>) {
        let promises = waiting.withLock { $0.removeValue(forKey: key) ?? [] }
        for promise in promises { promise.completeWith(result) }
    }
}
