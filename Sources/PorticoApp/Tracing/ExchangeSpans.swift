// From a finished exchange that was sampled to its spans: one for the request, one for each attempt at a backend. Names are
// those of OpenTelemetry's semantic conventions for HTTP; what they have none for is `portico.…`.
import PorticoCore
import PorticoHTTP
import PorticoTelemetry

/// One per event loop.
struct ExchangeSpans {
    private let exporter: SpanExporter

    init(_ exporter: SpanExporter) { self.exporter = exporter }

    @inline(never)
    func append(_ exchange: Exchange, _ trail: SpanTrail, at now: MonotonicTime) {
        guard let frame = Self.frame(exchange, at: now) else { return }
        var bytes = Self.server(exchange, frame)
        for (index, attempt) in trail.attempts.enumerated() {
            bytes.append(UInt8(ascii: ","))
            bytes += Self.client(exchange, attempt, index: index, of: frame, at: now)
        }
        exporter.add(SpanQueue.Entry(bytes: bytes, count: 1 + trail.attempts.count))
    }

    private static func frame(_ exchange: Exchange, at now: MonotonicTime) -> SpanJSON.Frame? {
        var frame = SpanJSON.Frame()
        var memory = [UInt8](repeating: 0, count: 16) + exchange.record.id.text.utf8
        let traceID = memory.withUnsafeMutableBufferPointer { memory in
            memory.baseAddress.flatMap { TraceContext.traceID(exchange, in: $0)?.text }
        }
        guard let traceID else { return nil }
        frame.traceID = traceID
        frame.spanID = exchange.record.id
        frame.parentID = TraceContext.parentID(exchange)?.text ?? ""
        frame.isParentRemote = !frame.parentID.isEmpty
        frame.start = exchange.loop.unixNanoseconds(at: exchange.record.started)
        frame.end = exchange.loop.unixNanoseconds(at: now)
        return frame
    }

    // MARK: The request

    private static func server(_ exchange: Exchange, _ frame: SpanJSON.Frame) -> [UInt8] {
        let record = exchange.record
        let route = record.route.flatMap { $0.isPath ? $0 : nil }
        var frame = frame
        frame.name = name(exchange, route: route)
        var span = SpanJSON(frame)
        addMethod(exchange, to: &span)
        if let route { span.add("http.route", route.bytes) }
        addAddress(exchange, to: &span)
        if record.status > 0 { span.add("http.response.status_code", record.status) }
        if record.bytesIn > 0 { span.add("http.request.body.size", record.bytesIn) }
        if record.bytesOut > 0 { span.add("http.response.body.size", record.bytesOut) }
        let isError = record.status == 0 || record.status >= 500
        if isError {
            let isTold = record.reason == .ok || record.reason == .upstreamError
            if isTold {
                span.add("error.type", "\(record.status)")
            } else {
                span.add("error.type", record.reason.text.bytes)
            }
        }
        span.add("portico.reason", record.reason.text.bytes)
        if record.cache != .none { span.add("portico.cache", record.cache.text.bytes) }
        if record.breaker != .none { span.add("portico.breaker", record.breaker.text.bytes) }
        if record.queueNanoseconds > 0 { span.add("portico.queue_ms", milliseconds: record.queueNanoseconds) }
        if let id = record.givenID { span.add("portico.request_id", id.bytes) }
        return span.finish(isError: isError)
    }

    private static func addMethod(_ exchange: Exchange, to span: inout SpanJSON) {
        let head = exchange.head
        if head.method == .other { span.add("http.request.method_original", head.methodBytes) }
        span.add("http.request.method", method(exchange))
    }

    /// The query is left out: it may hold what is nobody's business.
    private static func addAddress(_ exchange: Exchange, to span: inout SpanJSON) {
        let head = exchange.head
        span.add("url.scheme", exchange.isSecure ? "https" : "http")
        span.add("url.path", head.fields.view(head.path))
        let (host, authority) = (head.hostBytes, head.authorityBytes)
        if !host.isEmpty { span.add("server.address", host) }
        if authority.count > host.count + 1,
            let port = Int(UnsafeRawBufferPointer(rebasing: authority[(host.count + 1)...]).text)
        {
            span.add("server.port", port)
        }
        span.add("client.address", exchange.clientAddress.bytes)
        if exchange.peer.address != nil { span.add("network.peer.address", exchange.peer.label.bytes) }
        let version = head.version == .http2 ? "2" : head.version == .http11 ? "1.1" : "1.0"
        span.add("network.protocol.version", version)
        if let agent = head.fields.value(of: .userAgent) { span.add("user_agent.original", agent) }
    }

    private static func method(_ exchange: Exchange) -> String {
        exchange.head.method == .other ? "_OTHER" : exchange.head.methodBytes.text
    }

    private static func name(_ exchange: Exchange, route: Label?) -> String {
        let method = exchange.head.method == .other ? "HTTP" : exchange.head.methodBytes.text
        return route.map { "\(method) \($0.text)" } ?? method
    }

    // MARK: Attempts at backends

    private static func client(
        _ exchange: Exchange, _ attempt: SpanTrail.Attempt, index: Int, of parent: SpanJSON.Frame, at now: MonotonicTime
    ) -> [UInt8] {
        var frame = parent
        frame.parentID = parent.spanID.text
        frame.isParentRemote = false
        frame.spanID = attempt.spanID
        frame.kind = .client
        frame.name = name(exchange, route: nil)
        frame.start = exchange.loop.unixNanoseconds(at: attempt.began)
        frame.end = exchange.loop.unixNanoseconds(at: attempt.ended ?? now)
        var span = SpanJSON(frame)
        addMethod(exchange, to: &span)
        span.add("server.address", attempt.host)
        span.add("server.port", attempt.port)
        if !attempt.url.isEmpty { span.add("url.full", attempt.url) }
        if attempt.status > 0 { span.add("http.response.status_code", attempt.status) }
        if index > 0 { span.add("http.request.resend_count", index) }
        let failure = attempt.failure.map { $0.text.description } ?? (attempt.status >= 400 ? "\(attempt.status)" : nil)
        if let failure { span.add("error.type", failure) }
        span.add("portico.target", attempt.target.bytes)
        return span.finish(isError: failure != nil)
    }
}

extension Label {
    /// Those of routes are their paths; those of sites are words.
    fileprivate var isPath: Bool { bytes.first == UInt8(ascii: "/") || bytes.first == UInt8(ascii: "*") }
}
