// Which lines `/logs/stream` gives: `?status=5xx&min_ms=100&q=text`. What is not understood narrows nothing.
package import PorticoTelemetry

extension LineFilter {
    package init(query: String) {
        self.init()
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            let value = PercentText.decoded(Substring(parts[1].map { $0 == "+" ? " " : $0 }))
            switch parts[0] {
            case "status": family = value.first.flatMap { Int(String($0)) }.flatMap { (1...5).contains($0) ? $0 : nil }
            case "min_ms": minMilliseconds = Double(value) ?? 0
            case "q": text = String(value.prefix(200))
            default: break
            }
        }
    }
}
