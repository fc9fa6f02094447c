// An `ExportTraceServiceRequest` of OTLP/HTTP in JSON: one resource, one scope, the spans.
import PorticoCore

package struct SpanBatch: Sendable {
    package let body: [UInt8]
    package let count: Int

    /// `resource`: what the service is, by OpenTelemetry's names.
    package init(_ entries: [SpanQueue.Entry], resource: [(name: StaticString, value: String)]) {
        var body = Array(#"{"resourceSpans":[{"resource":{"attributes":["#.utf8)
        for (index, attribute) in resource.enumerated() {
            body += (index > 0 ? #",{"key":""# : #"{"key":""#).utf8
            body += attribute.name.bytes
            body += #"","value":{"stringValue":"#.utf8
            body.appendJSON(attribute.value)
            body += "}}".utf8
        }
        body += #"]},"scopeSpans":[{"scope":{"name":"portico","version":"\#(PorticoVersion.number)"},"spans":["#.utf8
        for (index, entry) in entries.enumerated() {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            body += entry.bytes
        }
        body += "]}]}]}".utf8
        self.body = body
        count = entries.reduce(0) { $0 + $1.count }
    }
}
