// A line of the log for eyes: time of day, what happened, and what stands out. Which lines are shown is LogFilter's part.

import PorticoConfig

struct CompactLine {
    let coloured: Bool
    private(set) var bytes: [UInt8] = []

    init(coloured: Bool) { self.coloured = coloured }

    private enum Colour: String {
        case dim = "2", red = "31", green = "32", yellow = "33", cyan = "36"
    }

    /// `03:04:05.678 502 GET shop.example/api 12.345ms 192.0.2.1 /api/* > 10.0.0.1:9000 connect_refused: …`
    mutating func request(_ entry: LogEntry) {
        time(entry)
        let status = entry.integer("status") ?? 0
        put(String(status), status >= 500 ? .red : status >= 400 ? .yellow : status >= 300 ? .cyan : .green)
        space()
        value(entry.raw("method"))
        space()
        value(entry.raw("host"))
        value(entry.raw("path"))
        space()
        value(entry.raw("total_ms"), .dim)
        put("ms ", .dim)
        value(entry.raw("client_ip"))
        if let route = entry.raw("route") {
            space()
            value(route, .dim)
        }
        if let target = entry.raw("target") {
            put(" > ", .dim)
            value(target)
            if let attempts = entry.integer("attempts"), attempts > 1 { put(" x\(attempts)", .yellow) }
        }
        if let reason = entry.raw("reason"), !reason.elementsEqual("ok".utf8) {
            space()
            value(reason, .red)
        }
        if let cause = entry.raw("cause") {
            put(": ", .red)
            value(cause, .red)
        }
    }

    /// `03:04:05.678 WARNING targets: target health changed from=up to=down`
    mutating func event(_ entry: LogEntry) {
        time(entry)
        if let level = entry.text("level").flatMap(LogLevel.init(rawValue:)) {
            put(level.rawValue.uppercased(), level >= .error ? .red : level == .warning ? .yellow : .cyan)
            space()
        }
        if let logger = entry.raw("logger") {
            value(logger, .dim)
            put(": ", .dim)
        }
        value(entry.raw("message") ?? entry.raw("event"))
        for field in entry.fields where !Self.isShown(entry.bytes(field.key)) {
            space()
            value(entry.bytes(field.key), .dim)
            put("=", .dim)
            value(entry.bytes(field.value))
        }
    }

    private static let shown: [StaticString] = ["time", "level", "logger", "message", "event"]

    private static func isShown(_ key: UnsafeRawBufferPointer) -> Bool {
        shown.contains { key.elementsEqual(UnsafeBufferPointer(start: $0.utf8Start, count: $0.utf8CodeUnitCount)) }
    }

    /// Bytes of any kind, made harmless.
    mutating func escape(_ line: UnsafeRawBufferPointer) {
        bytes += [UInt8](unsafeUninitializedCapacity: line.count * JSONText.growth + 8) { memory, count in
            guard let start = memory.baseAddress else { return }
            count = JSONText.write(line, to: start) - start
        }
    }

    // MARK: Pieces

    private mutating func time(_ entry: LogEntry) {
        let time = entry.raw("time")
        // The day is shown where the line has no time as we write it.
        let shown = time.map { $0.count == 24 ? UnsafeRawBufferPointer(rebasing: $0[11..<23]) : $0 }
        value(shown, .dim)
        space()
    }

    private mutating func space() { bytes.append(0x20) }

    private mutating func put(_ text: String, _ colour: Colour? = nil) {
        open(colour)
        bytes += text.utf8
        close(colour)
    }

    /// Text from the file: quotes and backslashes lose their escape, all else keeps it, and what is no plain text gets one.
    private mutating func value(_ raw: UnsafeRawBufferPointer?, _ colour: Colour? = nil) {
        guard let raw else { return }
        open(colour)
        if raw.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) {
            addPlain(raw)
        } else {
            var safe = CompactLine(coloured: false)
            safe.escape(raw)
            safe.bytes.withUnsafeBytes { addPlain($0) }
        }
        close(colour)
    }

    private mutating func addPlain(_ raw: UnsafeRawBufferPointer) {
        var at = 0
        while at < raw.count {
            if raw[at] == UInt8(ascii: "\\"), at + 1 < raw.count,
                raw[at + 1] == UInt8(ascii: "\"") || raw[at + 1] == UInt8(ascii: "\\")
            {
                at += 1
            }
            bytes.append(raw[at])
            at += 1
        }
    }

    private mutating func open(_ colour: Colour?) {
        if coloured, let colour { bytes += "\u{1B}[\(colour.rawValue)m".utf8 }
    }

    private mutating func close(_ colour: Colour?) {
        if coloured, colour != nil { bytes += "\u{1B}[0m".utf8 }
    }
}
