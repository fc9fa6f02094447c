// The connection's valves: what is read from the socket and when, files out, and what the loop's timer sees.
import NIOCore
import PorticoCore
import PorticoTransport

extension HTTP1Connection {
    // MARK: The request body

    func letBodyFlow() {
        guard demand != .discarding else { return }
        demand = .flowing
        if reading == .body { deadline = loop.deadline(in: loop.limits.bodyIdleTimeout) }
        process()
    }

    func holdBody() {
        guard demand == .flowing else { return }
        demand = .held
        if reading == .body { deadline = .never }
        updateReading()
    }

    // MARK: Reading from the socket

    /// Reads only what somebody wants; up to `readAhead` bytes of the next requests are held.
    func updateReading() {
        let wanted: Bool
        switch reading {
        case .head: wanted = isWritable
        case .lingering: wanted = true
        case .body, .raw: wanted = demand != .held && input.readableBytes < ServerLimits.readAhead
        case .complete: wanted = input.readableBytes < ServerLimits.readAhead
        case .closed: wanted = false
        }
        if let socket, socket.isReading != wanted { socket.isReading = wanted }
    }

    // MARK: Writing

    var isWritable: Bool { output?.isWritable ?? false }

    /// Whether the last answer still waits for the client to take it.
    private var hasUnwritten: Bool { socket.map { $0.waitingBytes > 0 } ?? false }

    /// Writes a part of a file by sendfile; `done` hears whether all of it went out.
    func write(_ file: OpenFile, from offset: Int, count: Int, done: @escaping (Bool) -> Void) {
        sending = (file, offset + count)
        output?.write(file, from: offset, count: count) { isComplete in
            self.sending = nil
            done(isComplete)
        }
    }

    // MARK: The loop's timer

    func sweep(_ now: MonotonicTime) {
        if writeProgress.hasStalled(
            context?.channel, moved: output?.splicedCount ?? 0, now: now, timeout: loop.limits.writeIdleTimeout)
        {
            close(reporting: PorticoError(.clientTimeout, side: .client, cause: "client stopped reading"))
            context?.close(promise: nil)
            return
        }
        // A file that shrank can never be sent to its promised end.
        if let sending, sending.file.size < sending.end {
            exchange.record.reason = .fileChanged
            return exchange.abort()
        }
        if reading == .head, input.readableBytes == 0 { dropExchange() }
        guard now > deadline else { return }
        // Idling begins when the last answer is out; until then the write deadline watches.
        if reading == .head, hasUnwritten {
            deadline = loop.deadline(in: loop.limits.keepAliveTimeout)
            return
        }
        deadline = .never
        switch reading {
        case .head where input.readableBytes > 0: refuse(HeadFault(408, "request head timed out"))
        case .body where demand == .flowing:
            exchange.fail(
                PorticoError(.clientTimeout, side: .client, cause: "request body stalled"), status: 408,
                message: "request body timed out")
        default:
            close(reporting: PorticoError(.clientTimeout, side: .client, cause: "client stayed too long"))
            context?.close(promise: nil)
        }
    }

    func drain() {
        if reading == .raw { return exchange.driver?.serverStops() ?? () }
        guard reading == .head, input.readableBytes == 0 else { return }
        if loop.drainPatience > .zero { return deadline = min(deadline, loop.deadline(in: loop.drainPatience)) }
        if hasUnwritten { linger() } else { context?.close(promise: nil) }
    }

    func closeNow() { context?.close(promise: nil) }

    func closeIfIdle() { if reading == .head || reading == .lingering { closeNow() } }
}
