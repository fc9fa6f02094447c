// `[server] memory_limit`: looks at the process's memory and takes measures in order, so that it stays below: caches shrink, new
// connections are refused, connections without a request end. When which measure holds is decided in MemoryPressure.
import CMalloc
import NIOCore
import PorticoConfig
import PorticoCore
import PorticoHTTP
import Synchronization

final class MemoryCeiling: Sendable {
    private struct State {
        var pressure: MemoryPressure
        var nextTrim = MonotonicTime(nanoseconds: .min)
    }

    private static let pause = TimeAmount.milliseconds(100)
    private static let trimPause = Interval.milliseconds(300)

    private let state = Mutex(State(pressure: MemoryPressure(limit: 0)))
    private let memory = ResidentMemory()
    private let isWatching = Atomic(false)

    /// From now on, on the first of the server's loops. A limit of 0 is none.
    func watch(_ server: RunningServer, limit: ByteSize) {
        state.withLock { $0.pressure.limit = limit.bytes }
        guard limit.bytes > 0,
            isWatching.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged
        else { return }
        server.eventLoops[0].scheduleRepeatedTask(initialDelay: .zero, delay: Self.pause) { [weak server] task in
            guard let server else { return task.cancel() }
            self.look(server)
        }
    }

    private func look(_ server: RunningServer) {
        let now = MonotonicTime.now()
        let used = memory.bytes
        let (before, after, trims) = state.withLock { state in
            let before = state.pressure.level
            state.pressure.update(used)
            let after = state.pressure.level
            let trims = after > before || after > .calm && now >= state.nextTrim
            if trims { state.nextTrim = now + Self.trimPause }
            return (before, after, trims)
        }
        if before != after { server.memory(is: after, resident: used) }
        if after == .calm, before != .calm { server.sites.restoreCaches() }
        if after == .over { server.closeIdleConnections() }
        guard trims else { return }
        server.sites.shrinkCaches()
        malloc_trim(0)
    }
}
