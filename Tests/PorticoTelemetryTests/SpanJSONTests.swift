// Spans in OTLP's JSON, to the byte; scripts/tests/otlp.py reads the same with OpenTelemetry's own definitions.
import PorticoCore
import Testing

@testable import PorticoTelemetry

@Suite struct SpanJSONTests {
    private static func frame() -> SpanJSON.Frame {
        var frame = SpanJSON.Frame()
        frame.traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
        frame.spanID = RequestID(value: 0xAB)
        frame.name = "GET /api/*"
        frame.start = 1_700_000_000_000_000_001
        frame.end = 1_700_000_000_000_000_002
        return frame
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func `a root span has no parent, and numbers of 64 bits are texts`() {
        var span = SpanJSON(Self.frame())
        span.add("url.path", "/a")
        span.add("http.response.status_code", 200)
        span.add("portico.queue_ms", milliseconds: 1_234_567)
        #expect(
            Self.text(span.finish(isError: false))
                == #"{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00000000000000ab","flags":257,"kind":2,"#
                + #""name":"GET /api/*","startTimeUnixNano":"1700000000000000001","endTimeUnixNano":"1700000000000000002","#
                + #""attributes":[{"key":"url.path","value":{"stringValue":"/a"}},"#
                + #"{"key":"http.response.status_code","value":{"intValue":"200"}},"#
                + #"{"key":"portico.queue_ms","value":{"doubleValue":1.234}}],"status":{}}"#)
    }

    @Test func `a child names its parent and where that is`() {
        var frame = Self.frame()
        frame.kind = .client
        frame.parentID = "00f067aa0ba902b7"
        frame.isParentRemote = true
        // A clock that was set back makes no span that ends before it begins.
        frame.end = 5
        let text = Self.text(SpanJSON(frame).finish(isError: true))
        #expect(text.contains(#""parentSpanId":"00f067aa0ba902b7","flags":769,"kind":3"#))
        #expect(text.contains(#""endTimeUnixNano":"1700000000000000001""#))
        #expect(text.hasSuffix(#""attributes":[],"status":{"code":2}}"#))
    }

    @Test(arguments: [
        ("a\"b\\c", #""a\"b\\c""#), ("\u{0}\n\u{1B}\u{7F}", #""\u0000\u000a\u001b\u007f""#), ("ü€😀", #""ü€😀""#),
        ("", #""""#),
    ])
    func `texts cannot leave their quotes`(text: String, expected: String) {
        var bytes: [UInt8] = []
        bytes.appendJSON(text)
        #expect(Self.text(bytes) == expected)
    }

    @Test func `long values are cut between characters, broken ones repaired`() {
        var bytes: [UInt8] = []
        bytes.appendJSON("ab€€", cutAt: 6)
        #expect(Self.text(bytes) == #""ab€""#)
        var span = SpanJSON(Self.frame())
        [UInt8](repeating: 0xFF, count: 5000).withUnsafeBytes { span.add("user_agent.original", $0) }
        let text = Self.text(span.finish(isError: false))
        #expect(text.utf8.count < 2 * SpanJSON.longestValue)
        #expect(text.contains("\u{FFFD}"))
    }

    @Test func `a batch is one resource with all spans`() {
        let entries = [
            SpanQueue.Entry(bytes: Array("{1},{2}".utf8), count: 2),
            SpanQueue.Entry(bytes: Array("{3}".utf8), count: 1),
        ]
        let batch = SpanBatch(entries, resource: [("service.name", "a\"b"), ("host.name", "h")])
        #expect(batch.count == 3)
        #expect(
            Self.text(batch.body)
                == #"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"a\"b"}},"#
                + #"{"key":"host.name","value":{"stringValue":"h"}}]},"scopeSpans":[{"scope":{"name":"portico","version":""#
                + PorticoVersion.number + #""},"spans":[{1},{2},{3}]}]}]}"#)
    }
}
