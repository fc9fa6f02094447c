// Spans that wait to be sent, from all event loops, and what became of them. Bounded: what finds no room is counted and gone.
import Synchronization

package final class SpanQueue: Sendable {
    /// Spans that wait, and their bytes.
    package static let limit = 2_048
    package static let byteLimit = 4 << 20
    /// What is sent at once.
    package static let batchLimit = 512
    package static let batchByteLimit = 1 << 20

    package struct Figures: Sendable, Equatable {
        package var exported = 0
        /// The queue was full.
        package var overflowed = 0
        /// The receiver did not want them.
        package var refused = 0
        /// The receiver did not answer, or not in time.
        package var undelivered = 0
        package var waiting = 0
    }

    /// What whoever sends them should know.
    package enum Signal { case none, first, batch }

    /// The spans of one request, joined by commas.
    package struct Entry: Sendable {
        let bytes: [UInt8]
        let count: Int

        package init(bytes: [UInt8], count: Int) {
            self.bytes = bytes
            self.count = count
        }
    }

    private struct State {
        var entries: [Entry] = []
        var bytes = 0
        var figures = Figures()
    }

    private let state = Mutex(State())

    package init() {}

    package var figures: Figures { state.withLock { $0.figures } }

    package func append(_ entry: Entry) -> Signal {
        state.withLock { state in
            let before = state.figures.waiting
            guard before + entry.count <= Self.limit, state.bytes + entry.bytes.count <= Self.byteLimit else {
                state.figures.overflowed += entry.count
                return .none
            }
            state.entries.append(entry)
            state.bytes += entry.bytes.count
            state.figures.waiting += entry.count
            if before == 0 { return .first }
            return before < Self.batchLimit && state.figures.waiting >= Self.batchLimit ? .batch : .none
        }
    }

    /// The oldest, as many as go at once; they wait no more, but have no end yet.
    package func take() -> [Entry] {
        state.withLock { state in
            var (count, bytes, taken) = (0, 0, 0)
            for entry in state.entries {
                let fits = count + entry.count <= Self.batchLimit && bytes + entry.bytes.count <= Self.batchByteLimit
                guard fits || taken == 0 else { break }
                taken += 1
                count += entry.count
                bytes += entry.bytes.count
            }
            let batch = Array(state.entries.prefix(taken))
            state.entries.removeFirst(taken)
            state.bytes -= bytes
            state.figures.waiting -= count
            return batch
        }
    }

    /// What became of spans that were taken.
    package func settle(_ count: Int, as outcome: WritableKeyPath<Figures, Int>) {
        state.withLock { $0.figures[keyPath: outcome] += count }
    }
}
