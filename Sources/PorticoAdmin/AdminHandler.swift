// Answers the requests of the admin listener: who may ask, which document, which order. On the same event loops and the same
// wire as everything else.
import NIOCore
import PorticoConfig
package import PorticoCore
package import PorticoHTTP

// SAFETY: immutable; exchanges are answered on their event loop.
package final class AdminHandler: ExchangeHandler, @unchecked Sendable {
    private let actions: any AdminActions
    private let gate: AdminGate

    /// An empty token asks for none.
    package init(_ actions: any AdminActions, token: String, host: String) {
        self.actions = actions
        gate = AdminGate(token: token, host: host)
    }

    package func answer(_ exchange: Exchange) {
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

    package func tick(_ now: MonotonicTime) -> Bool { false }

    // MARK: Who

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
        ("get", .array(AdminDocument.allCases.map { .string($0.rawValue) })),
        (
            "post",
            .array((["/reload"] + TargetOrder.allCases.map { "/targets/{id}/\($0.rawValue)" }).map { .string($0) })
        ),
    ])

    /// `/targets/{id}/drain`; the id may be percent-encoded.
    private func order(_ exchange: Exchange, _ path: String) {
        if path == "/reload" { return reload(exchange) }
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

    /// A refused configuration is the operator's fault, not the server's: 422.
    private func reload(_ exchange: Exchange) {
        let wait = ReloadWait(exchange)
        exchange.receiveBody(wait)
        let eventLoop = exchange.loop.eventLoop
        actions.reload { answer in
            eventLoop.execute {
                guard let exchange = wait.takeExchange() else { return }
                let status = answer.isDone ? 200 : 422
                if Self.wantsText(exchange) {
                    self.send(exchange, status, text: answer.text)
                } else {
                    self.send(exchange, status, answer.body)
                }
            }
        }
    }

    private static func wantsText(_ exchange: Exchange) -> Bool {
        exchange.head.fields.value(of: .accept)?.listContainsType("text/plain") ?? false
    }

    private func send(_ exchange: Exchange, _ status: Int, _ document: JSONText) {
        send(exchange, status, type: "application/json", document.text + "\n")
    }

    private func send(_ exchange: Exchange, _ status: Int, text: String) {
        send(exchange, status, type: "text/plain; charset=utf-8", text)
    }

    private func send(_ exchange: Exchange, _ status: Int, type: String, _ body: String) {
        var fields = ByteBuffer()
        fields.writeField("Content-Type", type)
        fields.writeStaticString("Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n")
        exchange.respond(status: status, fields: fields, body: ByteBuffer(string: body))
    }
}

enum PercentText {
    static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == 0x25, rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
