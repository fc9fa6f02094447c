// An explanation for eyes and for programs.
import PorticoConfig

extension Explanation {
    package var text: String {
        let width = steps.map(\.name.count).max() ?? 0
        var lines = ["\(request.method) \(request.url)"]
        for step in steps {
            lines.append("  \(step.name)\(String(repeating: " ", count: width - step.name.count))  \(step.text)")
        }
        lines.append("")
        lines.append(status > 0 ? "answer \(status)" : "answer by the backend")
        lines += fieldLines.map { "  \($0)" }
        return lines.joined(separator: "\n")
    }

    package var json: String {
        let answer: JSONText =
            status > 0
            ? .object([
                ("status", .integer(status)),
                ("headers", .array(fieldLines.map { .string($0) })),
            ]) : .null
        return JSONText.object([
            ("method", .string(request.method)), ("url", .string(request.url)),
            ("steps", .array(steps.map { .object([("step", .string($0.name)), ("text", .string($0.text))]) })),
            ("answer", answer),
        ]).text
    }
}
