// Answers the requests of the admin listener: who may ask, which document, which order. On the same event loops and the same
// wire as everything else.
import NIOCore
import PorticoConfig
package import PorticoCore
package import PorticoHTTP
import PorticoTelemetry

// SAFETY: one per event loop and confined to it, as are the streams; the rest is immutable.
package final class AdminHandler: ExchangeHandler, @unchecked Sendable {
    private let actions: any AdminActions
    private let gate: AdminGate
    private let streams: EventStreams

    /// An empty token asks for none.
    package init(_ actions: any AdminActions, token: String, host: String) {
        self.actions = actions
        gate = AdminGate(token: token, host: host)
        streams = EventStreams(actions)
    }

    package func answer(_ exchange: Exchange) {
        if isPageWanted(exchange) { return StatusPage.send(exchange) }
        if let refusal = gate.refusal(Self.facts(exchange.head)) { return refuse(exchange, refusal) }
        let path = exchange.head.withRoutingPath { $0.text }
        switch exchange.head.method {
        case .get, .head: show(exchange, path)
        case .post: order(exchange, path)
        default:
            var fields = ByteBuffer()
            fields.writeField("Allow", "GET, HEAD, POST")
            exchange.respond(error: 405, message: "The admin listener takes GET and POST.", fields: fields)
        }
    }

    package func record(_ exchange: Exchange) {}

    package func tick(_ now: MonotonicTime) -> Bool { streams.tick() }

    // MARK: Who

    /// The page itself holds nothing that anybody may not see: what it shows, it asks for, token and all. A browser cannot
    /// show a token by itself.
    private func isPageWanted(_ exchange: Exchange) -> Bool {
        guard exchange.head.method == .get || exchange.head.method == .head else { return false }
        return exchange.head.withRoutingPath { $0.equals("/") }
            && exchange.head.fields.value(of: .accept)?.listContainsType("text/html") ?? false
    }

    private static func facts(_ head: RequestHead) -> AdminGate.Request {
        var request = AdminGate.Request()
        request.isPost = head.method == .post
        request.host = head.hostBytes.text.lowercased()
        request.authority = head.authorityBytes.text
        for index in 0..<head.fields.entryCount {
            let entry = head.fields.entry(index)
            let name = head.fields.view(entry.name)
            if name.equalsFolded("origin") { request.origin = head.fields.view(entry.value).text }
            if name.equalsFolded("sec-fetch-site") { request.fetchSite = head.fields.view(entry.value).text }
            if name.equalsFolded("authorization") { request.authorization = head.fields.view(entry.value).text }
        }
        return request
    }

    private func refuse(_ exchange: Exchange, _ refusal: AdminGate.Refusal) {
        switch refusal {
        case .unknownHost:
            exchange.respond(error: 403, message: "The admin listener answers to its own address only.")
        case .otherOrigin:
            exchange.respond(error: 403, message: "Orders from pages of another origin are refused.")
        case .noToken:
            var fields = ByteBuffer()
            fields.writeField("WWW-Authenticate", "Bearer")
            exchange.respond(error: 401, message: "A bearer token is needed.", fields: fields)
        }
    }

    // MARK: What

    private func show(_ exchange: Exchange, _ path: String) {
        switch path {
        case "/": return send(exchange, 200, Self.index)
        case "/health": return send(exchange, 200, .object([("status", .string("ok"))]))
        case "/metrics":
            return AnswerWait.answer(exchange, with: actions.metrics) {
                self.send($0, 200, type: PrometheusText.mediaType, $1)
            }
        case "/status/stream": return watch(exchange) { streams.addSamples(exchange) }
        case "/logs/stream":
            let filter = LineFilter(query: exchange.head.queryBytes.text)
            return watch(exchange) { streams.addTail(exchange, filter) }
        case "/ping": return send(exchange, 200, text: "pong\n")
        case "/static/cache": return showCache(exchange)
        default: break
        }
        guard let document = AdminDocument(rawValue: path) else {
            return exchange.respond(error: 404, message: "The admin listener knows no such path.")
        }
        if Self.wantsText(exchange), let table = actions.table(document) { return send(exchange, 200, text: table) }
        let (body, isWell) = actions.document(document)
        send(exchange, isWell ? 200 : 503, body)
    }

    /// A stream has no end, so that there is nothing to say of it without its body.
    private func watch(_ exchange: Exchange, isAdded: () -> Bool) {
        guard exchange.head.method == .get else {
            var fields = ByteBuffer()
            fields.writeField("Allow", "GET")
            return exchange.respond(error: 405, message: "A stream is only for GET.", fields: fields)
        }
        if !isAdded() { exchange.respond(error: 503, message: "Too many watch already.") }
    }

    /// `?host=…&path=…&key=…`, percent-encoded: what `portico explain` asks.
    private func showCache(_ exchange: Exchange) {
        var asked: [Substring: String] = [:]
        let query = exchange.head.queryBytes.text
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { asked[parts[0]] = PercentText.decoded(parts[1]) }
        }
        guard let host = asked["host"], let path = asked["path"], let key = asked["key"] else {
            return exchange.respond(error: 400, message: "Ask with host, path and key.")
        }
        guard let state = actions.cacheState(host: host, path: path, key: key) else {
            return exchange.respond(error: 404, message: "No site lies there.")
        }
        if Self.wantsText(exchange) { return send(exchange, 200, text: state + "\n") }
        send(exchange, 200, .object([("state", .string(state))]))
    }

    private static let index = JSONText.object([
        (
            "get",
            .array(
                (["/metrics", "/status/stream", "/logs/stream"] + AdminDocument.allCases.map(\.rawValue)).map {
                    .string($0)
                })
        ),
        (
            "post",
            .array(
                (["/reload", "/log-level?level={level}&module={module}"]
                    + TargetOrder.allCases.map { "/targets/{id}/\($0.rawValue)" }).map { .string($0) })
        ),
    ])

    /// `/targets/{id}/drain`; the id may be percent-encoded.
    private func order(_ exchange: Exchange, _ path: String) {
        if path == "/reload" { return reload(exchange) }
        if path == "/log-level" { return setLogLevel(exchange) }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[1] == "targets", let order = TargetOrder(rawValue: String(parts[3])) else {
            return exchange.respond(error: 404, message: "The admin listener knows no such order.")
        }
        let id = PercentText.decoded(parts[2])
        let count = actions.order(order, target: id)
        guard count > 0 else { return exchange.respond(error: 404, message: "No target has this id.") }
        send(
            exchange, 200,
            .object([("target", .string(id)), ("order", .string(order.rawValue)), ("targets", .integer(count))]))
    }

    private func setLogLevel(_ exchange: Exchange) {
        let query = QueryParameters(exchange.head.hasQuery ? exchange.head.queryBytes.text : "")
        guard let level = query["level"], actions.setLogLevel(level, module: query["module"]) else {
            return exchange.respond(error: 400, message: "`level` takes a level, and `module` the name of a module.")
        }
        show(exchange, "/log-level")
    }

    /// A refused configuration is the operator's fault, not the server's: 422.
    private func reload(_ exchange: Exchange) {
        AnswerWait.answer(exchange, with: actions.reload) { exchange, answer in
            let status = answer.isDone ? 200 : 422
            if Self.wantsText(exchange) {
                self.send(exchange, status, text: answer.text)
            } else {
                self.send(exchange, status, answer.body)
            }
        }
    }

    private static func wantsText(_ exchange: Exchange) -> Bool {
        exchange.head.fields.value(of: .accept)?.listContainsType("text/plain") ?? false
    }

    private func send(_ exchange: Exchange, _ status: Int, _ document: JSONText) {
        send(exchange, status, type: "application/json", ByteBuffer(string: document.text + "\n"))
    }

    private func send(_ exchange: Exchange, _ status: Int, text: String) {
        send(exchange, status, type: "text/plain; charset=utf-8", ByteBuffer(string: text))
    }

    private func send(_ exchange: Exchange, _ status: Int, type: String, _ body: ByteBuffer) {
        var fields = ByteBuffer()
        fields.writeField("Content-Type", type)
        fields.writeStaticString("Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n")
        exchange.respond(status: status, fields: fields, body: body)
    }
}
