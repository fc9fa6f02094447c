// How `portico logs` shows a line: as it stands in the file, or short and coloured for eyes. Escapes stay escaped: what a
// stranger put into a path reaches no terminal.

struct LogView {
    enum Style {
        /// One JSON object on a line, whatever the file has.
        case json
        case compact(coloured: Bool)
    }

    let style: Style

    func write(_ entry: LogEntry, to output: inout [UInt8]) {
        switch style {
        case .json: writeJSON(entry, to: &output)
        case .compact(let coloured):
            var line = CompactLine(coloured: coloured)
            switch entry.form {
            case .other: line.escape(entry.line)
            case .json, .logfmt: if entry.isAccess { line.request(entry) } else { line.event(entry) }
            }
            output += line.bytes
        }
        output.append(0x0A)
    }

    private func writeJSON(_ entry: LogEntry, to output: inout [UInt8]) {
        switch entry.form {
        case .json where entry.line.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }): output += entry.line
        case .logfmt:
            for (index, field) in entry.fields.enumerated() {
                output += index == 0 ? "{\"".utf8 : ",\"".utf8
                output += entry.bytes(field.key)
                let value = entry.bytes(field.value)
                let isNumber = !field.isText && Double(String(decoding: value, as: UTF8.self)) != nil
                output += isNumber ? "\":".utf8 : "\":\"".utf8
                output += value
                if !isNumber { output.append(UInt8(ascii: "\"")) }
            }
            output.append(UInt8(ascii: "}"))
        case .json, .other:
            var line = CompactLine(coloured: false)
            line.escape(entry.line)
            output += "{\"line\":\"".utf8
            output += line.bytes
            output += "\"}".utf8
        }
    }
}
