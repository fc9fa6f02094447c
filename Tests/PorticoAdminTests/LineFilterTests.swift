// What a query narrows a log stream to.
import PorticoTelemetry
import Testing

@testable import PorticoAdmin

@Suite struct LineFilterTests {
    @Test(arguments: [
        ("", nil as Int?, 0.0, ""), ("status=5xx&min_ms=12.5&q=a%20b", 5, 12.5, "a b"),
        ("q=a+b&status=", nil, 0, "a b"),
        ("status=9xx&min_ms=soon", nil, 0, ""), ("status&q", nil, 0, ""), ("q=%3Cscript%3E&x=y", nil, 0, "<script>"),
    ])
    func `a query is understood as far as it makes sense`(
        query: String, family: Int?, minMilliseconds: Double, text: String
    ) {
        let filter = LineFilter(query: query)
        #expect(filter.family == family)
        #expect(filter.minMilliseconds == minMilliseconds)
        #expect(filter.text == text)
    }
}
