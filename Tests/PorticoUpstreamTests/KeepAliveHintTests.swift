// How long a backend says it keeps an idle connection.
import NIOCore
import PorticoCore
import PorticoHTTP
import Testing

@testable import PorticoUpstream

@Suite struct KeepAliveHintTests {
    @Test func `the hint is this table`() throws {
        let rows: [(String, Interval?)] = [
            ("timeout=5", .seconds(5)), ("max=10, timeout=5", .seconds(5)), ("timeout=5, max=10", .seconds(5)),
            ("Timeout=0", .zero), ("timeout=", nil), ("timeout=x", nil), ("timeout=-1", nil), ("max=3", nil), ("", nil),
            ("timeout=999999999999", .seconds(86_400)),
        ]
        for (value, expected) in rows {
            var head = ResponseHeadView()
            let bytes = ByteBuffer(string: "HTTP/1.1 200 OK\r\nKeep-Alive: \(value)\r\n\r\n")
            _ = try ResponseHeadParser.parse(bytes.readableBytesUInt8Span, into: &head, answering: .get, limit: 1000)
            #expect(KeepAliveHint.timeout(head.fields) == expected, "\(value)")
        }
    }
}
