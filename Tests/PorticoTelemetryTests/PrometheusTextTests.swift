// The text format, byte by byte.
import Testing

@testable import PorticoTelemetry

@Suite struct PrometheusTextTests {
    @Test func `writes families with help, type and samples`() {
        var text = PrometheusText()
        text.family("a_total", .counter, "How many.")
        text.sample(7)
        text.sample(MetricLabels("x", "1").with("y", "2"), 0.5)
        text.sample(MetricLabels("ok", "z"), true)
        #expect(
            String(decoding: text.bytes, as: UTF8.self)
                == "# HELP a_total How many.\n# TYPE a_total counter\na_total 7\na_total{x=\"1\",y=\"2\"} 0.5\na_total{ok=\"z\"} 1\n"
        )
    }

    @Test(arguments: [
        ("a\"b", "a\\\"b"), ("a\\b", "a\\\\b"), ("a\nb 1\nc", "a\\nb 1\\nc"), ("a\r\nb", "a \\nb"), ("ä{}=,", "ä{}=,"),
    ])
    func `no label value breaks out of its quotes`(value: String, escaped: String) {
        var text = PrometheusText()
        text.family("a", .gauge, "A.")
        text.sample(MetricLabels("x", value), 1)
        #expect(String(decoding: text.bytes, as: UTF8.self).hasSuffix("\na{x=\"\(escaped)\"} 1\n"))
    }

    @Test func `a histogram sums its buckets up`() {
        var text = PrometheusText()
        text.family("h", .histogram, "H.")
        var counts = [Int](repeating: 0, count: LatencyBuckets.count)
        counts[0] = 2
        counts[3] = 1
        counts[17] = 4
        text.histogram(MetricLabels("r", "x"), counts: counts, seconds: 1.5)
        let lines = String(decoding: text.bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(lines.contains("h_bucket{r=\"x\",le=\"0.0001\"} 2"))
        #expect(lines.contains("h_bucket{r=\"x\",le=\"0.001\"} 3"))
        #expect(lines.contains("h_bucket{r=\"x\",le=\"30.0\"} 3"))
        #expect(lines.suffix(3) == ["h_bucket{r=\"x\",le=\"+Inf\"} 7", "h_sum{r=\"x\"} 1.5", "h_count{r=\"x\"} 7"])
        #expect(lines.count == 2 + LatencyBuckets.count + 2)
    }
}
