// The last requests and the last failed ones, within bounds, and those who watch them as they come. What is kept is decided
// by each loop's `LineBudget`: the cost does not grow with the number of requests.
import Synchronization

package final class RecentRequests: Sendable {
    package static let lineLimit = 300
    package static let failureLimit = 50
    /// Watchers at a time.
    package static let watcherLimit = 8

    private struct State {
        var lines = Ring(limit: RecentRequests.lineLimit)
        var failures = Ring(limit: RecentRequests.failureLimit)
        var watchers: [Watcher] = []
    }

    private let state = Mutex(State())
    private let watcherCount = Atomic(0)

    package init() {}

    /// Whether lines are wanted beyond what is kept.
    package var isWatched: Bool { watcherCount.load(ordering: .relaxed) > 0 }

    package func add(_ line: RequestLine, isKept: Bool) {
        let watchers = state.withLock { state in
            if isKept { state.lines.add(line) }
            if isKept, line.status >= 500 { state.failures.add(line) }
            return state.watchers
        }
        for watcher in watchers { watcher.offer(line) }
    }

    /// Newest last.
    package var lines: [RequestLine] { state.withLock { $0.lines.all } }
    package var failures: [RequestLine] { state.withLock { $0.failures.all } }

    /// Nil where too many watch already. It begins with what is kept.
    package func watch(_ filter: LineFilter) -> Watcher? {
        state.withLock { state in
            guard state.watchers.count < Self.watcherLimit else { return nil }
            let watcher = Watcher(filter)
            for line in state.lines.all { watcher.offer(line) }
            state.watchers.append(watcher)
            watcherCount.store(state.watchers.count, ordering: .relaxed)
            return watcher
        }
    }

    package func end(_ watcher: Watcher) {
        state.withLock { state in
            state.watchers.removeAll { $0 === watcher }
            watcherCount.store(state.watchers.count, ordering: .relaxed)
        }
    }

    /// Somebody who watches: what waits for them is bounded, what does not fit is counted.
    package final class Watcher: Sendable {
        static let limit = lineLimit

        private struct State {
            var lines: [RequestLine] = []
            var skipped = 0
        }

        private let filter: LineFilter
        private let state = Mutex(State())

        init(_ filter: LineFilter) { self.filter = filter }

        func offer(_ line: RequestLine) {
            guard filter.takes(line) else { return }
            state.withLock { state in
                if state.lines.count < Self.limit { state.lines.append(line) } else { state.skipped += 1 }
            }
        }

        /// What came since the last call, and how many lines found no room.
        package func take() -> (lines: [RequestLine], skipped: Int) {
            state.withLock { state in
                defer { state = State() }
                return (state.lines, state.skipped)
            }
        }
    }

    private struct Ring {
        private let limit: Int
        private var kept: [RequestLine] = []
        private var next = 0

        init(limit: Int) { self.limit = limit }

        mutating func add(_ line: RequestLine) {
            if kept.count < limit { kept.append(line) } else { kept[next] = line }
            next = (next + 1) % limit
        }

        var all: [RequestLine] { kept.count < limit ? kept : Array(kept[next...] + kept[..<next]) }
    }
}

/// How many lines one event loop may keep until its next tick. Confined to the loop.
package struct LineBudget {
    /// Four ticks are a second.
    static let linesPerTick = 10
    static let failuresPerTick = 10
    /// Made for those who watch, kept or not.
    static let watchedPerTick = 500

    private var lines = linesPerTick
    private var failures = failuresPerTick
    private var watched = watchedPerTick

    package init() {}

    package enum Verdict { case keep, show, skip }

    @inline(__always)
    package mutating func take(isFailure: Bool, isWatched: Bool) -> Verdict {
        if lines > 0 {
            lines -= 1
            return .keep
        }
        if isFailure, failures > 0 {
            failures -= 1
            return .keep
        }
        guard isWatched, watched > 0 else { return .skip }
        watched -= 1
        return .show
    }

    package mutating func renew() { self = LineBudget() }
}
