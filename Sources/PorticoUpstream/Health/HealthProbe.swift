// One health check: a connection of its own, asked once, within its time. Confined to its event loop.
import NIOCore
import PorticoConfig
import PorticoCore
import PorticoHTTP

final class HealthProbe: ResponseReceiver {
    private let plan: HealthCheckPlan
    let pool: UpstreamPool
    /// Told once: nil for a check that passed, else what was wrong.
    private var done: ((String?) -> Void)?
    private var stream: UpstreamStream?
    private var deadline: Scheduled<Void>?
    private var body: [UInt8] = []
    /// Of the head, where there is nothing behind it.
    private var grpcStatus: String?
    private var isRaw = false

    init(_ plan: HealthCheckPlan, pool: UpstreamPool, done: @escaping (String?) -> Void) {
        self.plan = plan
        self.pool = pool
        self.done = done
    }

    func start() {
        let timeout = TimeAmount.nanoseconds(plan.timeout.nanoseconds)
        deadline = pool.eventLoop.assumeIsolated().scheduleTask(in: timeout) { self.end("timed out") }
        pool.connect { result in
            switch result {
            case .success(let stream): self.connected(stream)
            case .failure(let error): self.end(error.account)
            }
        }
    }

    /// Ends without a verdict: nobody wants it any more.
    func cancel() {
        done = nil
        end(nil)
    }

    private func connected(_ stream: UpstreamStream) {
        guard done != nil else { return stream.cancel() }
        self.stream = stream
        if case .tcp = plan.type { return end(nil) }
        stream.begin(
            plan.head, method: plan.method, framing: plan.body == nil ? .none : .chunked, timeout: plan.timeout,
            idleTimeout: plan.timeout, for: self)
        if let body = plan.body { stream.send(body) }
        stream.endRequest(trailers: nil)
        stream.flush()
    }

    private func end(_ fault: String?) {
        deadline?.cancel()
        deadline = nil
        let stream = stream
        self.stream = nil
        stream?.cancel()
        let done = done
        self.done = nil
        done?(fault)
    }

    // MARK: The answer

    func interimReceived(_ head: ResponseHeadView) {}

    func responseStarted(_ head: ResponseHeadView) {
        switch plan.type {
        case .websocket: upgraded(head)
        case .grpc:
            guard head.status == 200 else { return end("status \(head.status)") }
            grpcStatus = GRPCHealth.status(in: head.fields)
        case .http, .tcp:
            if let fault = plan.fault(inStatus: head.status) { return end(fault) }
            if plan.bodyText.isEmpty { end(nil) }
        }
    }

    private func upgraded(_ head: ResponseHeadView) {
        guard head.status == 101, let stream else { return end("no upgrade: status \(head.status)") }
        isRaw = true
        stream.becomeRaw(idleTimeout: plan.timeout, for: self)
        // A ping with an empty payload; clients mask (RFC 6455 §5.3).
        stream.send(ByteBuffer(bytes: [0x89, 0x80, 0, 0, 0, 0]))
        stream.flush()
    }

    func responseBody(_ bytes: ByteBuffer) {
        body += bytes.readableBytesView.prefix(HealthCheckPlan.bodyLimit - body.count)
        if isRaw { return readFrames() }
        if plan.type == .grpc { return body.count >= HealthCheckPlan.bodyLimit ? end("no health message") : () }
        if body.holds(plan.bodyText) { return end(nil) }
        if body.count >= HealthCheckPlan.bodyLimit { end("the body lacks the expected text") }
    }

    /// What a server sends on its own account before the pong is passed over.
    private func readFrames() {
        var rest = body[...]
        while let frame = WebSocketFrame(&rest) {
            if frame.opcode == WebSocketFrame.pong { return passWithClose() }
            if frame.opcode == WebSocketFrame.close { return end("closed before the pong") }
        }
        if body.count >= HealthCheckPlan.bodyLimit { end("no pong") }
    }

    /// So that the backend sees a normal end: a Close that says 1000 (§7.4.1). Its answer is not waited for.
    private func passWithClose() {
        // Whatever comes of sending it.
        let done = done
        self.done = nil
        stream?.send(ByteBuffer(bytes: [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE8]))
        stream?.flush()
        end(nil)
        done?(nil)
    }

    func responseEnded(trailers: ByteBuffer?) {
        if plan.type == .grpc {
            let status = trailers.flatMap(GRPCHealth.status(in:)) ?? grpcStatus
            return end(GRPCHealth.fault(status: status, body: ByteBuffer(bytes: body)))
        }
        end(isRaw ? "closed before the pong" : "the body lacks the expected text")
    }

    func responsePaused() {}

    func upstreamFailed(_ error: PorticoError) {
        stream = nil
        end(error.account)
    }

    func upstreamWritable() {}
}

/// As much of a frame from a server as a check looks at (RFC 6455 §5.2).
struct WebSocketFrame {
    static let close: UInt8 = 8
    static let pong: UInt8 = 10

    let opcode: UInt8

    /// Takes a whole frame off the front; nil where there is none yet.
    init?(_ bytes: inout ArraySlice<UInt8>) {
        guard bytes.count >= 2 else { return nil }
        let start = bytes.startIndex
        opcode = bytes[start] & 15
        var (length, header) = (Int(bytes[start + 1] & 127), 2)
        if length >= 126 {
            header += length == 126 ? 2 : 8
            guard bytes.count >= header else { return nil }
            length = bytes[(start + 2)..<(start + header)].reduce(0) { ($0 & 0xFF_FFFF_FFFF) << 8 | Int($1) }
        }
        if bytes[start + 1] & 0x80 != 0 { header += 4 }
        guard bytes.count >= header + length else { return nil }
        bytes = bytes.dropFirst(header + length)
    }
}
