// Finds the fields of a JSON or logfmt line (the top level of the object alone). Decodes nothing.

enum LogLineScanner {
    /// False: it is no object of this form, and what was found so far means nothing.
    static func readJSON(_ line: UnsafeRawBufferPointer, into fields: inout [LogEntry.Field]) -> Bool {
        var at = 1
        skipSpace(line, &at)
        if at < line.count, line[at] == UInt8(ascii: "}") { return isEnd(line, at + 1) }
        while true {
            skipSpace(line, &at)
            guard let key = quoted(line, &at) else { return false }
            skipSpace(line, &at)
            guard at < line.count, line[at] == UInt8(ascii: ":") else { return false }
            at += 1
            skipSpace(line, &at)
            guard at < line.count else { return false }
            let isText = line[at] == UInt8(ascii: "\"")
            guard let value = isText ? quoted(line, &at) : bare(line, &at) else { return false }
            fields.append(LogEntry.Field(key: key, value: value, isText: isText))
            skipSpace(line, &at)
            guard at < line.count else { return false }
            if line[at] == UInt8(ascii: "}") { return isEnd(line, at + 1) }
            guard line[at] == UInt8(ascii: ",") else { return false }
            at += 1
        }
    }

    private static func isEnd(_ line: UnsafeRawBufferPointer, _ at: Int) -> Bool {
        var at = at
        skipSpace(line, &at)
        return at == line.count
    }

    static func readLogfmt(_ line: UnsafeRawBufferPointer, into fields: inout [LogEntry.Field]) -> Bool {
        var at = 0
        while true {
            skipSpace(line, &at)
            guard at < line.count else { return !fields.isEmpty }
            let start = at
            while at < line.count, line[at] != UInt8(ascii: "="), line[at] != 0x20 { at += 1 }
            guard at < line.count, line[at] == UInt8(ascii: "="), at > start else { return false }
            let key = start..<at
            at += 1
            if at < line.count, line[at] == UInt8(ascii: "\"") {
                guard let value = quoted(line, &at) else { return false }
                fields.append(LogEntry.Field(key: key, value: value, isText: true))
            } else {
                let start = at
                while at < line.count, line[at] != 0x20 { at += 1 }
                fields.append(LogEntry.Field(key: key, value: start..<at, isText: false))
            }
        }
    }

    private static func skipSpace(_ line: UnsafeRawBufferPointer, _ at: inout Int) {
        while at < line.count, line[at] == 0x20 || line[at] == 0x09 { at += 1 }
    }

    /// What lies between the quotes; `at` ends behind the closing one.
    private static func quoted(_ line: UnsafeRawBufferPointer, _ at: inout Int) -> Range<Int>? {
        guard at < line.count, line[at] == UInt8(ascii: "\"") else { return nil }
        at += 1
        let start = at
        while at < line.count {
            switch line[at] {
            case UInt8(ascii: "\""):
                at += 1
                return start..<(at - 1)
            case UInt8(ascii: "\\"): at += 2
            default: at += 1
            }
        }
        return nil
    }

    /// A number, a word, or an array or object as a whole.
    private static func bare(_ line: UnsafeRawBufferPointer, _ at: inout Int) -> Range<Int>? {
        let start = at
        var depth = 0
        while at < line.count {
            switch line[at] {
            case UInt8(ascii: "\""): guard quoted(line, &at) != nil else { return nil }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                at += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return at > start ? start..<at : nil }
                depth -= 1
                at += 1
            case UInt8(ascii: ",") where depth == 0: return at > start ? start..<at : nil
            default: at += 1
            }
        }
        return nil
    }
}
