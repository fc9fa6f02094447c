// Everybody who watches the status page: samples once a second, lines of the log as they come. Made once for all of them, and
// only while somebody watches. Confined to the admin listener's event loop.
import NIOCore
import PorticoConfig
import PorticoCore
import PorticoHTTP
import PorticoTelemetry

// SAFETY: used on the admin listener's event loop only; the reference crosses threads, its contents do not.
final class EventStreams: @unchecked Sendable {
    /// Streams of samples at a time; of lines there are `RecentRequests.watcherLimit`.
    static let limit = 16

    private struct Tail {
        let stream: EventStream
        let watcher: RecentRequests.Watcher
    }

    private let actions: any AdminActions
    private var samples: [EventStream] = []
    private var tails: [Tail] = []
    private var ticks = 0
    private var isSampling = false
    private var eventLoop: (any EventLoop)?

    init(_ actions: any AdminActions) { self.actions = actions }

    // MARK: Coming and going

    /// False where there is no room for another.
    func addSamples(_ exchange: Exchange) -> Bool {
        guard samples.count < Self.limit else { return false }
        let stream = EventStream(exchange) { [unowned self] gone in samples.removeAll { $0 === gone } }
        samples.append(stream)
        stream.start()
        stream.send("history", actions.history())
        eventLoop = exchange.loop.eventLoop
        sample()
        return true
    }

    func addTail(_ exchange: Exchange, _ filter: LineFilter) -> Bool {
        guard let watcher = actions.recent.watch(filter) else { return false }
        let recent = actions.recent
        let stream = EventStream(exchange) { [unowned self] gone in
            tails.removeAll { $0.stream === gone }
            recent.end(watcher)
        }
        let tail = Tail(stream: stream, watcher: watcher)
        tails.append(tail)
        stream.start()
        send(tail)
        return true
    }

    // MARK: Time

    /// Four times a second. True while somebody watches.
    func tick() -> Bool {
        ticks &+= 1
        for tail in tails { send(tail) }
        if ticks % 4 == 0, !samples.isEmpty { sample() }
        if ticks % 40 == 0 { for tail in tails { tail.stream.beat() } }
        return !samples.isEmpty || !tails.isEmpty
    }

    private func sample() {
        guard !isSampling, let eventLoop else { return }
        isSampling = true
        actions.sample { bytes in
            eventLoop.execute {
                self.isSampling = false
                for stream in self.samples { stream.send("sample", bytes) }
            }
        }
    }

    /// What does not leave at once waits with the watcher, which has a bound.
    private func send(_ tail: Tail) {
        guard tail.stream.isWritable else { return }
        let (lines, skipped) = tail.watcher.take()
        guard !lines.isEmpty || skipped > 0 else { return }
        let json = JSONText.object([
            ("lines", .array(lines.map(\.json))), ("skipped", .integer(skipped)),
        ])
        tail.stream.send("lines", ByteBuffer(string: json.compact))
    }
}
