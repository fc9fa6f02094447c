// The heads of backends' answers and how their bodies are framed.
import PorticoCore
import PorticoHTTP
import Testing

@Suite struct ResponseHeadParserTests {
    private struct Outcome: Equatable {
        var length = 0
        var status = 0
        var framing = BodyFraming.none
        var keepAlive = false
        var fault: Int?
    }

    /// Nil: needs more.
    private static func parse(_ bytes: [UInt8], _ method: HTTPMethod = .get) -> Outcome? {
        var head = ResponseHeadView()
        do throws(HeadFault) {
            guard
                case .complete(let length) = try ResponseHeadParser.parse(
                    bytes.span, into: &head, answering: method, limit: 4096)
            else {
                return nil
            }
            return Outcome(length: length, status: head.status, framing: head.framing, keepAlive: head.keepAlive)
        } catch {
            return Outcome(fault: error.status)
        }
    }

    private static func parse(_ text: String, _ method: HTTPMethod = .get) -> Outcome? {
        parse(Array(text.utf8), method)
    }

    @Test func framingFollowsRFC9112() {
        let cases: [(String, HTTPMethod, BodyFraming, Bool)] = [
            ("200 OK\r\nContent-Length: 5", .get, .length(5), true),
            ("200 OK\r\nTransfer-Encoding: chunked", .get, .chunked, true),
            ("200 OK", .get, .untilClose, false), ("200 OK\r\nContent-Length: 5", .head, .none, true),
            ("204 No Content", .get, .none, true),
            ("304 Not Modified\r\nContent-Length: 5", .get, .none, true), ("103 Early Hints", .get, .none, true),
            ("200\r\nContent-Length: 0", .get, .length(0), true),
            ("200 \r\nContent-Length: 0", .get, .length(0), true),
            ("200 OK\r\nContent-Length: 5\r\nConnection: close", .get, .length(5), false),
            ("200 OK\r\nContent-Length: 5\r\nContent-Length: 5", .get, .length(5), true),
            // Whatever follows a 204 that announces a body is not to be taken for the next answer.
            ("204 X\r\nTransfer-Encoding: chunked", .get, .none, false),
            ("204 X\r\nContent-Length: 5", .get, .none, false), ("204 X\r\nContent-Length: 0", .get, .none, true),
        ]
        for (text, method, framing, keepAlive) in cases {
            let outcome = Self.parse("HTTP/1.1 \(text)\r\n\r\n", method)
            #expect(outcome?.framing == framing && outcome?.keepAlive == keepAlive && outcome?.fault == nil, "\(text)")
        }
        #expect(Self.parse("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n")?.keepAlive == false)
        #expect(Self.parse("HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: Keep-Alive\r\n\r\n")?.keepAlive == true)
    }

    @Test func malformedHeadsAreRefused() {
        let texts = [
            "HTTP/2 200 OK", "HTTP/1.2 200 OK", "http/1.1 200 OK", "HTTP/1.1  200 OK", "HTTP/1.1 20 OK",
            "HTTP/1.1 2000 OK", "HTTP/1.1 099 X", "HTTP/1.1 600 X",
            "HTTP/1.1 2x0 OK", "HTTP/1.1 200_OK", "HTTP/1.1 200 O\u{1}K", "HTTP/1.1 200 OK\nX: y",
            "HTTP/1.1 200 OK\r\nX : y", "HTTP/1.1 200 OK\r\n X: y",
            "HTTP/1.1 200 OK\r\nX: a\rb", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2",
            "HTTP/1.1 200 OK\r\nContent-Length: x",
            "HTTP/1.1 200 OK\r\nContent-Length: -1",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked",
            "ICY 200 OK", "SSH-2.0-OpenSSH",
            "HTTP/1.1 200 OK\r\nX: " + String(repeating: "y", count: 5000),
            "HTTP/1.1 200 " + String(repeating: "y", count: 5000),
        ]
        for text in texts {
            #expect(Self.parse(text + "\r\n\r\n")?.fault != nil, "\(text.prefix(60).debugDescription)")
        }
    }

    @Test func fedByteByByteItGivesTheSameAsFedWhole() {
        let texts = [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HTTP/1.0 404\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n",
            "HTTP/1.1 200 OK\nX: y\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            "HTTP/3 200",
        ]
        for text in texts {
            let bytes = Array((text + "body").utf8)
            let whole = Self.parse(bytes)
            var dripped: Outcome?
            for end in 1...bytes.count where dripped == nil { dripped = Self.parse(Array(bytes[..<end])) }
            #expect(whole == dripped, "\(text.debugDescription)")
        }
    }
}
