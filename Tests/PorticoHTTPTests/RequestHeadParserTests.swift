// The parser of request heads, without sockets: what it makes of a head, and that it does not matter how bytes arrive.
import PorticoCore
import PorticoHTTP
import PorticoTesting
import Testing

@Suite struct RequestHeadParserTests {
    /// What a parse came to, in a form that can be compared.
    private enum Verdict: Equatable {
        case head([String])
        case refused(Int)
        case needMore
        case preface
    }

    private static func verdict(_ bytes: ArraySlice<UInt8>) -> Verdict {
        let head = RequestHead()
        do throws(HeadFault) {
            switch try RequestHeadParser.parse(
                Array(bytes).span, into: head, limits: .init(head: 4096, requestLine: 512))
            {
            case .complete(let length): return .head(["\(length)"] + describe(head))
            case .needMore: return .needMore
            case .http2Preface: return .preface
            }
        } catch {
            return .refused(error.status)
        }
    }

    private static func describe(_ head: RequestHead) -> [String] {
        var facts = [
            head.methodBytes.text, "\(head.method)", "\(head.version)", head.targetBytes.text, head.authorityBytes.text,
            head.queryBytes.text, "\(head.hasQuery)", "\(head.framing)", "\(head.keepAlive)", "\(head.expectsContinue)",
            "\(head.wantsUpgrade)", head.withRoutingPath { $0.text },
        ]
        for index in 0..<head.fields.entryCount {
            let entry = head.fields.entry(index)
            facts.append("\(head.fields.view(entry.name).text)=\(head.fields.view(entry.value).text)=\(entry.known)")
        }
        return facts
    }

    private static let good = [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a/../b?x=1 HTTP/1.1\r\nHost: a:80\r\nAccept: */*\r\n\r\n",
        "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n", "GET / HTTP/1.0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nX_Y: z\r\n\r\n",
        "GET http://b?q HTTP/1.1\r\nHost: a\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, x\r\nUpgrade: websocket\r\n\r\n",
        "X-Y /%7e HTTP/1.1\r\nHost: [::1]\r\nEmpty:\r\nSpaces: \t a b \t\r\n\r\n",
    ]

    private static let bad = [
        "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\nHost: a\r\n\r\n", "GET  / HTTP/1.1\r\n",
        "GET / HTTP/2.0\r\nHost: a\r\n\r\n", "\r\n\r\nGET / HTTP/1.1\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n X: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        "GET /.. HTTP/1.1\r\nHost: a\r\n\r\n", "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n",
        "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "\u{0}",
        "\u{16}\u{3}\u{1}\u{0}",
        "GET /" + String(repeating: "a", count: 600) + " HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "a", count: 5000) + "\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: a\r\n", count: 128) + "\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n",
    ]

    @Test func fedByteByByteItGivesTheSameAsFedWhole() {
        for text in Self.good + Self.bad {
            let bytes = Array((text + "GET /next HTTP/1.1\r\n").utf8)
            let whole = Self.verdict(bytes[...])
            var dripped = Verdict.needMore
            for end in 1...bytes.count where dripped == .needMore { dripped = Self.verdict(bytes[..<end]) }
            #expect(whole == dripped, "\(text.prefix(60).debugDescription)")
            #expect(whole != .needMore, "\(text.prefix(60).debugDescription)")
        }
    }

    @Test func goodHeadsAreReadToTheirEnd() {
        for text in Self.good {
            let bytes = Array((text + "rest").utf8)
            guard case .head(let facts) = Self.verdict(bytes[...]) else {
                Issue.record("refused: \(text.debugDescription)")
                continue
            }
            #expect(facts[0] == "\(text.utf8.count)", "\(text.debugDescription)")
        }
    }

    @Test func everyBeginningOfAGoodHeadNeedsMore() {
        for text in Self.good {
            let bytes = Array(text.utf8)
            for end in 0..<bytes.count {
                #expect(Self.verdict(bytes[..<end]) == .needMore, "\(text.prefix(end).debugDescription)")
            }
        }
    }

    @Test func theHTTP2PrefaceIsMet() {
        #expect(Self.verdict(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)[...]) == .preface)
        #expect(Self.verdict(Array("PRI /x HTTP/2.0\r\n\r\n".utf8)[...]) == .refused(505))
    }

    @Test func factsOfAHead() throws {
        let head = try ParsedRequest(
            "POST /a/%2e/b?x=%20 HTTP/1.1\r\nHost: h.example:8080\r\nContent-Length: 12\r\nconnection: UPGRADE\r\nupgrade: x\r\n\r\n"
        ).head
        #expect(head.method == .post && head.version == .http11 && head.keepAlive && head.wantsUpgrade && head.hasBody)
        #expect(head.targetBytes.text == "/a/%2e/b?x=%20" && head.queryBytes.text == "x=%20" && head.hasQuery)
        #expect(
            head.withRoutingPath { $0.text } == "/a/b" && head.hostBytes.text == "h.example"
                && head.framing == .length(12))
    }

    @Test func theHostIsTheAuthorityWithoutItsPort() throws {
        for (authority, host) in [("a", "a"), ("a:1", "a"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]"), ("a:", "a")] {
            #expect(try ParsedRequest("GET / HTTP/1.1\r\nHost: \(authority)\r\n\r\n").head.hostBytes.text == host)
        }
    }

    @Test func aHeadIsUsedAgainWithoutTraces() throws {
        let head = RequestHead()
        let limits = RequestHeadParser.Limits(head: 4096)
        for text in Self.good {
            _ = try RequestHeadParser.parse(Array(text.utf8).span, into: head, limits: limits)
            let fresh = RequestHead()
            _ = try RequestHeadParser.parse(Array(text.utf8).span, into: fresh, limits: limits)
            #expect(Self.describe(head) == Self.describe(fresh))
        }
    }

    /// Whatever a parse came to, what the head points at can be looked at.
    @Test func aHeadThatIsNotWholePointsNowhereOutside() {
        for text in Self.good + Self.bad {
            let bytes = Array(text.utf8)
            for end in stride(from: 0, through: bytes.count, by: max(1, bytes.count / 80)) {
                let head = RequestHead()
                _ = try? RequestHeadParser.parse(Array(bytes[..<end]).span, into: head, limits: .init(head: 4096))
                _ = Self.describe(head)
            }
        }
    }

    @Test func methodsAreRecognised() throws {
        let methods: [(String, HTTPMethod)] = [
            ("GET", .get), ("HEAD", .head), ("POST", .post), ("PUT", .put), ("DELETE", .delete), ("OPTIONS", .options),
            ("PATCH", .patch),
            ("get", .other), ("GETS", .other), ("PROPFIND", .other), ("P", .other),
        ]
        for (name, method) in methods {
            #expect(try ParsedRequest("\(name) / HTTP/1.1\r\nHost: a\r\n\r\n").head.method == method, "\(name)")
        }
    }
}
