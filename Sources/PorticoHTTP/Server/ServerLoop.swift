// What one event loop owns of the server: its connections, its date line, its request ids, its timer. All confined to
// the loop. What is answered is the handler's business.
import CMalloc
package import NIOCore
package import PorticoCore
package import PorticoTransport

/// A connection, or a stream that waits for its client: the loop's timer looks at it four times a second.
protocol SweptConnection: AnyObject {
    /// Its place in the loop's list; -1 while it is in none.
    var sweepIndex: Int { get set }
    func sweep(_ now: MonotonicTime)
    /// Stop when the running exchanges are answered; at once where there are none.
    func drain()
    func closeNow()
    /// Where no request is under way.
    func closeIfIdle()
}

// SAFETY: every member is used on `eventLoop` only; references cross threads, contents do not.
package final class ServerLoop: @unchecked Sendable {
    package let eventLoop: TransportLoop
    package private(set) var limits: ServerLimits
    package private(set) var handler: (any ExchangeHandler)!
    package private(set) var isDraining = false
    /// While draining: how long a connection may wait for its last request.
    private(set) var drainPatience = Interval.zero
    package var connectionCount: Int { connections.count }
    /// The time at the last tick: good enough for deadlines.
    package private(set) var coarseNow = MonotonicTime.now()
    /// How much later than due the last tick came: what everything on this loop had to wait.
    package private(set) var lateness = Interval.zero
    private var nextTick = MonotonicTime.never
    /// Wall clock minus monotonic clock, in nanoseconds, at the last tick.
    private var wallOffset: Int64 = 0
    let dateLine = DateLine()
    var requestIDs = RequestIDSequence()
    private var connections: [any SweptConnection] = []
    private var timer: RepeatedTask?
    /// Since memory was last given back: at once, and all in all.
    private var mostConnections = 0
    private var newConnections = 0
    /// How long nobody new has come, in ticks.
    private var quietTicks = 0
    private var spareOutput = ByteBuffer()
    let pipes = SplicePipes()

    static let tickInterval = TimeAmount.milliseconds(250)
    private static let tickPause = Interval.milliseconds(250)
    private static let largestSpare = 64 << 10
    /// So many connections, at once or in turn, leave memory behind that is worth giving back.
    private static let manyAtOnce = 256
    private static let manyInTurn = 1000
    /// In ticks; longer than closed TLS connections keep their memory (`TLSCertificate.goodbyeTime`).
    private static let quietTime = 8

    package init(eventLoop: TransportLoop, limits: ServerLimits) {
        self.eventLoop = eventLoop
        self.limits = limits
    }

    /// Called once, before the first connection.
    package func use(_ handler: any ExchangeHandler) { self.handler = handler }

    /// Bounds of a new configuration: for what begins from now on.
    package func use(_ limits: ServerLimits) { self.limits = limits }

    func deadline(in duration: Interval) -> MonotonicTime {
        // The clock stands still while nobody is connected.
        if timer == nil { refreshTime() }
        return coarseNow + duration + .milliseconds(250)
    }

    // MARK: Connections

    func add(_ connection: any SweptConnection) {
        connection.sweepIndex = connections.count
        connections.append(connection)
        newConnections += 1
        quietTicks = 0
        if timer == nil { startTimer() }
    }

    func remove(_ connection: any SweptConnection) {
        let index = connection.sweepIndex
        guard index >= 0 else { return }
        connection.sweepIndex = -1
        let last = connections.removeLast()
        if last !== connection {
            connections[index] = last
            last.sweepIndex = index
        }
    }

    /// Connections between two requests get `patience` for one more.
    package func drain(patience: Interval = .zero) {
        isDraining = true
        drainPatience = patience
        forEachConnection { $0.drain() }
    }

    package func closeNow() { forEachConnection { $0.closeNow() } }

    /// Those that wait for a request, or for the rest of its head.
    package func closeIdle() { forEachConnection { $0.closeIfIdle() } }

    /// Visits those that are there now: a visit may remove some of them.
    private func forEachConnection(_ body: (any SweptConnection) -> Void) {
        for connection in connections where connection.sweepIndex >= 0 { body(connection) }
    }

    // MARK: Time

    private func startTimer() {
        refreshTime()
        nextTick = coarseNow + Self.tickPause
        timer = eventLoop.scheduleRepeatedTask(initialDelay: Self.tickInterval, delay: Self.tickInterval) { _ in
            self.tick()
        }
    }

    private func tick() {
        refreshTime()
        lateness = max(.zero, coarseNow - nextTick)
        forEachConnection { $0.sweep(coarseNow) }
        let isHandlerBusy = handler.tick(coarseNow)
        returnMemory()
        if connectionCount == 0, !isHandlerBusy, newConnections < Self.manyInTurn {
            timer?.cancel()
            timer = nil
            spareOutput = ByteBuffer()
            pipes.dropSpare()
        }
        nextTick = .now() + Self.tickPause
    }

    /// After a burst of connections is over, what it took goes back to the system: malloc keeps it otherwise. Many at once are a
    /// burst, and so are many one after another: what closed ones leave behind is free when it was quiet for a while.
    private func returnMemory() {
        mostConnections = max(mostConnections, connectionCount)
        quietTicks += 1
        let wereManyAtOnce = mostConnections >= Self.manyAtOnce && connectionCount <= mostConnections / 4
        let cameManyInTurn = newConnections >= Self.manyInTurn && quietTicks > Self.quietTime
        guard wereManyAtOnce || cameManyInTurn else { return }
        mostConnections = connectionCount
        newConnections = 0
        malloc_trim(0)
    }

    private func refreshTime() {
        coarseNow = .now()
        wallOffset = WallClock.unixNanoseconds() - coarseNow.nanoseconds
        dateLine.refresh()
    }

    /// The wall clock at a monotonic instant, in nanoseconds since 1970; follows clock steps within a tick.
    package func unixNanoseconds(at time: MonotonicTime) -> Int64 { time.nanoseconds &+ wallOffset }

    // MARK: Output memory

    /// A buffer to write answers into; its memory is used again once the socket has taken the bytes.
    package func takeOutput() -> ByteBuffer {
        var buffer = ByteBuffer()
        swap(&buffer, &spareOutput)
        buffer.clear(minimumCapacity: 4096)
        return buffer
    }

    package func giveBack(_ output: ByteBuffer) {
        if output.storageCapacity <= Self.largestSpare { spareOutput = output }
    }
}
