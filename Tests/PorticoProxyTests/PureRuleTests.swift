// The rules that need no socket: retries, hop-by-hop fields, handshakes, trace contexts.
import NIOCore
import PorticoConfig
import PorticoCore
import Testing

@testable import PorticoHTTP
@testable import PorticoProxy

/// A parsed request head.
private func head(_ text: String) throws -> RequestHead {
    let head = RequestHead()
    let bytes = ByteBuffer(string: text)
    let outcome = try RequestHeadParser.parse(bytes.readableBytesUInt8Span, into: head, limits: .init(head: 32 << 10))
    #expect(outcome == .complete(bytes.readableBytes))
    return head
}

@Suite struct RetryRuleTests {
    private typealias Row = (
        kind: PorticoError.Kind, retry: PorticoError.Retry, replayable: Bool, replayed: Bool, retries: Int,
        expected: RetryRule.Decision
    )

    @Test func `the rule is this table`() {
        let rows: [Row] = [
            // Nothing was sent: any method goes elsewhere, as often as `attempts` says.
            (.connectRefused, .yes, true, false, 0, .anotherTarget),
            (.connectRefused, .yes, false, false, 0, .anotherTarget),
            (.connectTimeout, .yes, false, true, 1, .anotherTarget), (.resolveFailed, .yes, true, false, 2, .giveUp),
            // A used connection died: once more over a fresh one, if the request can be said again, then elsewhere.
            (.connectionReset, .onlyIfReused, true, false, 0, .freshConnection),
            (.connectionReset, .onlyIfReused, true, false, 2, .freshConnection),
            (.connectionReset, .onlyIfReused, true, true, 0, .anotherTarget),
            (.connectionReset, .onlyIfReused, false, false, 0, .giveUp),
            // A fresh one died.
            (.connectionReset, .no, true, false, 0, .anotherTarget), (.connectionReset, .no, true, false, 2, .giveUp),
            (.connectionReset, .no, false, false, 0, .giveUp), (.truncatedBody, .no, true, false, 1, .anotherTarget),
            (.truncatedBody, .no, false, false, 0, .giveUp),
            // Not asked for, or never retried.
            (.headTimeout, .no, true, false, 0, .giveUp), (.invalidResponse, .no, true, false, 0, .giveUp),
            (.noTarget, .no, true, false, 0, .giveUp),
        ]
        let rule = RetryRule(RetrySettings())
        for row in rows {
            let decision = rule.decide(
                PorticoError(row.kind, side: .upstream, retry: row.retry),
                .init(isReplayable: row.replayable, hasReplayed: row.replayed, retries: row.retries))
            #expect(decision == row.expected, "\(row)")
        }
    }

    @Test func `only what is listed is retried`() {
        var settings = RetrySettings()
        let asked = RetryRule.Standing(isReplayable: true)
        settings.on = [.timeout]
        let rule = RetryRule(settings)
        #expect(rule.decide(PorticoError(.headTimeout, side: .upstream), asked) == .anotherTarget)
        #expect(rule.decide(PorticoError(.connectRefused, side: .upstream, retry: .yes), asked) == .giveUp)
        #expect(!rule.retries(status: 503, asked))
        settings.attempts = 0
        settings.on = RetryTrigger.allCases
        let never = RetryRule(settings)
        #expect(never.decide(PorticoError(.connectRefused, side: .upstream, retry: .yes), asked) == .giveUp)
        #expect(!never.retries(status: 503, asked))
        let stale = PorticoError(.connectionReset, side: .upstream, retry: .onlyIfReused)
        #expect(never.decide(stale, asked) == .freshConnection, "a stale connection is our own fault")
    }

    @Test func `what nobody has seen is sent again, whatever the method, while its body is at hand`() {
        let rule = RetryRule(RetrySettings())
        let error = PorticoError(.connectionReset, side: .upstream, retry: .untouched)
        let rows: [(atHand: Bool, replayed: Bool, expected: RetryRule.Decision)] = [
            (true, false, .freshConnection), (true, true, .anotherTarget), (false, false, .giveUp),
        ]
        for row in rows {
            let standing = RetryRule.Standing(
                isReplayable: false, isAtHand: row.atHand, hasReplayed: row.replayed)
            #expect(rule.decide(error, standing) == row.expected, "\(row)")
        }
    }

    @Test func `answers are asked again by status`() {
        let rule = RetryRule(RetrySettings())
        for status in [200, 404, 429, 500, 501, 505, 507] {
            #expect(!rule.retries(status: status, .init(isReplayable: true)), "\(status)")
        }
        for status in 502...504 {
            #expect(rule.retries(status: status, .init(isReplayable: true)))
            #expect(!rule.retries(status: status, .init(isReplayable: false)))
            #expect(!rule.retries(status: status, .init(isReplayable: true, retries: 2)))
        }
    }

    @Test func `pauses grow, within bounds, and are never alike`() {
        for (retry, bound) in [(1, 50), (2, 100), (3, 200), (4, 400), (9, 400), (60, 400)] {
            #expect(RetryRule.pause(before: retry, luck: 0) == .zero)
            #expect(RetryRule.pause(before: retry, luck: 0.5) == .milliseconds(bound / 2))
            #expect(RetryRule.pause(before: retry, luck: 0.999) < .milliseconds(bound))
        }
    }

    @Test func `each failure has its status`() {
        let rows: [(PorticoError.Kind, Int)] = [
            (.noTarget, 503), (.queueFull, 503), (.queueTimeout, 503), (.connectTimeout, 504), (.headTimeout, 504),
            (.idleTimeout, 504), (.connectRefused, 502),
            (.resolveFailed, 502), (.tlsFailed, 502), (.connectionReset, 502), (.truncatedBody, 502),
            (.invalidResponse, 502),
        ]
        for (kind, status) in rows {
            #expect(PorticoError(kind, side: .upstream).gatewayAnswer.status == status, "\(kind)")
        }
    }
}

@Suite struct HopByHopTests {
    private func dropped(_ fields: String) throws -> [String] {
        let fields = try head("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n").fields
        let hops = HopByHop(fields)
        return (0..<fields.entryCount).map { fields.entry($0) }.filter(hops.drops).map { fields.view($0.name).text }
    }

    @Test func `what is dropped is this table`() throws {
        let rows: [(fields: String, dropped: [String])] = [
            ("A: 1\r\n", []),
            ("Connection: close\r\nA: 1\r\n", ["Connection"]),
            ("connection: a\r\nA: 1\r\nAB: 2\r\n", ["connection", "A"]),
            ("A: 1\r\nConnection: b , a\r\nB: 2\r\nC: 3\r\n", ["A", "Connection", "B"]),
            ("Connection: a\r\nConnection: b\r\nA: 1\r\nB: 2\r\n", ["Connection", "Connection", "A", "B"]),
            ("Connection: ,, a,\r\nA: 1\r\n", ["Connection", "A"]),
            ("Connection: content-length, HOST\r\nContent-Length: 0\r\n", ["Connection"]),
            (
                "Connection: x-forwarded-for, X-Forwarded-Host, x-forwarded-proto\r\nX-Forwarded-For: 1\r\nX-Forwarded-Host: h\r\nX-Forwarded-Proto: p\r\n",
                ["Connection"]
            ),
            (
                "Connection: x-request-id, forwarded, via\r\nX-Request-ID: 1\r\nForwarded: h\r\nVia: p\r\n",
                ["Connection"]
            ),
            (
                "Keep-Alive: 1\r\nTE: x\r\nUpgrade: y\r\nProxy-Connection: z\r\n",
                ["Keep-Alive", "TE", "Upgrade", "Proxy-Connection"]
            ),
            (
                "Proxy-Authenticate: a\r\nProxy-Authorization: b\r\nAuthorization: c\r\n",
                ["Proxy-Authenticate", "Proxy-Authorization"]
            ),
        ]
        for row in rows { #expect(try dropped(row.fields) == row.dropped, "\(row.fields)") }
    }
}

@Suite struct WebSocketHandshakeTests {
    @Test func `what may upgrade is this table`() throws {
        let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        let version = "Sec-WebSocket-Version: 13\r\n"
        let upgrade = "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
        let rows: [(method: String, fields: String, mayUpgrade: Bool)] = [
            ("GET", upgrade + version + key, true),
            ("GET", "Connection: upgrade\r\nUpgrade: websocket\r\n" + key + version, true),
            ("GET", "Upgrade: websocket\r\n" + version + key, false),
            ("GET", "Connection: upgrade\r\n" + version + key, false),
            ("POST", upgrade + version + key, false),
            ("GET", upgrade + version + key + "Content-Length: 3\r\n", false),
            ("GET", upgrade + "Sec-WebSocket-Version: 8\r\n" + key, false),
            ("GET", upgrade + key, false),
            ("GET", upgrade + version, false),
            ("GET", upgrade + version + "Sec-WebSocket-Key: short\r\n", false),
            ("GET", upgrade + version + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=a\r\n", false),
            ("GET", upgrade + version + "Sec-WebSocket-Key: dGhlIHNhbXBsZS!ub25jZQ==\r\n", false),
            (
                "GET", "Connection: upgrade, http2-settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
                false
            ),
            ("GET", "Connection: upgrade\r\nUpgrade: websocket, h2c\r\n" + version + key, false),
            ("GET", "Connection: upgrade\r\nUpgrade: spdy\r\n", true),
            ("POST", "Connection: upgrade\r\nUpgrade: spdy\r\nContent-Length: 1\r\n", false),
        ]
        for row in rows {
            let head = try head("\(row.method) / HTTP/1.1\r\nHost: a\r\n\(row.fields)\r\n")
            #expect(WebSocketHandshake.mayUpgrade(head) == row.mayUpgrade, "\(row)")
        }
    }
}

@Suite struct TraceContextTests {
    @Test func `what is a trace parent is this table`() {
        let trace = "0af7651916cd43dd8448eb211c80319c"
        let parent = "b7ad6b7169203331"
        let rows: [(String, Bool)] = [
            ("00-\(trace)-\(parent)-01", true), ("00-\(trace)-\(parent)-00", true),
            ("01-\(trace)-\(parent)-01", true), ("cc-\(trace)-\(parent)-01-more", true),
            ("cc-\(trace)-\(parent)-01more", false), ("ff-\(trace)-\(parent)-01", false),
            ("00-\(trace.uppercased())-\(parent)-01", false), ("00-\(trace)-\(parent)-0", false),
            ("00-\(trace)-\(parent)-01-x", false), ("00_\(trace)-\(parent)-01", false),
            ("00-\(String(repeating: "0", count: 32))-\(parent)-01", false),
            ("00-\(trace)-\(String(repeating: "0", count: 16))-01", false), ("00-\(trace)-\(parent)-0g", false),
            ("", false),
        ]
        for (text, isValid) in rows {
            let bytes = Array(text.utf8)
            #expect(bytes.withUnsafeBytes { TraceContext.isValid($0) } == isValid, "\(text)")
        }
    }
}
