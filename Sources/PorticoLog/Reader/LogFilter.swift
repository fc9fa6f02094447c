// Which lines somebody wants to see. Pure: a line's fields in, yes or no out. Reading lines is others' part.
package import PorticoConfig
package import PorticoCore

package struct LogFilter: Sendable {
    /// RFC 3339 in UTC, cut anywhere behind the day: times compare as texts.
    package var since: String?
    /// Up to but not including it.
    package var until: String?
    package var statuses: [ClosedRange<Int>] = []
    package var route: String?
    package var client: IPRange?
    /// In milliseconds, at least.
    package var slowerThan: Double?
    package var reason: String?
    package var requestID: String?
    package var leastLevel: LogLevel?

    package init() {}

    /// Lines without fields can be shown only where nothing is asked of them.
    var admitsEverything: Bool {
        since == nil && until == nil && !asksOfRequests && leastLevel == nil
    }

    private var asksOfRequests: Bool {
        !statuses.isEmpty || route != nil || client != nil || slowerThan != nil || reason != nil || requestID != nil
    }

    func admits(_ entry: LogEntry) -> Bool {
        guard entry.form != .other else { return admitsEverything }
        return fitsTime(entry) && fitsLevel(entry) && (!asksOfRequests || fitsRequest(entry))
    }

    private func fitsTime(_ entry: LogEntry) -> Bool {
        guard since != nil || until != nil else { return true }
        guard let time = entry.text("time") else { return false }
        if let since, time < since { return false }
        if let until, time >= until { return false }
        return true
    }

    private func fitsLevel(_ entry: LogEntry) -> Bool {
        guard let leastLevel else { return true }
        guard let level = entry.text("level").flatMap(LogLevel.init(rawValue:)) else { return false }
        return level >= leastLevel
    }

    private func fitsRequest(_ entry: LogEntry) -> Bool {
        if !statuses.isEmpty {
            guard let status = entry.integer("status"),
                statuses.contains(where: { $0.contains(status) })
            else { return false }
        }
        if let route, entry.text("route") != route { return false }
        if let reason, entry.text("reason") != reason { return false }
        if let requestID, entry.text("request_id") != requestID { return false }
        if let slowerThan {
            guard let total = entry.number("total_ms"), total >= slowerThan else { return false }
        }
        if let client {
            guard let address = entry.text("client_ip").flatMap({ IPAddress($0) }), client.contains(address) else {
                return false
            }
        }
        return true
    }
}

extension LogFilter {
    /// `404`, `5xx`, `400-499`, `>=500`, several with commas. Nil where the text is none of these.
    package static func statuses(_ text: String) -> [ClosedRange<Int>]? {
        var ranges: [ClosedRange<Int>] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let range = range(part) else { return nil }
            ranges.append(range)
        }
        return ranges
    }

    private static func range(_ text: Substring) -> ClosedRange<Int>? {
        if text.hasPrefix(">=") { return code(text.dropFirst(2)).map { $0...999 } }
        if text.count == 3, text.hasSuffix("xx"), let hundreds = text.first?.wholeNumberValue, hundreds > 0 {
            return (hundreds * 100)...(hundreds * 100 + 99)
        }
        let bounds = text.split(separator: "-", omittingEmptySubsequences: false)
        guard let low = code(bounds[0]) else { return nil }
        if bounds.count == 1 { return low...low }
        guard bounds.count == 2, let high = code(bounds[1]), low <= high else { return nil }
        return low...high
    }

    private static func code(_ text: Substring) -> Int? {
        guard text.utf8.count == 3, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        return Int(text)
    }

    /// `90s`, `2h`, `7d` before `now`, or a date with as much of a time as wanted, in UTC. Nil where the text is neither.
    package static func moment(_ text: String, unixNanoseconds now: Int64) -> String? {
        if let ago = Duration(text: text) {
            return LineText.timestamp(unixNanoseconds: now - ago.wholeNanoseconds)
        }
        var moment = text
        if moment.hasSuffix("Z") { moment.removeLast() }
        let form = Array("dddd-dd-ddTdd:dd:dd.ddddddddd".utf8)
        let bytes = Array(moment.utf8)
        guard [10, 13, 16, 19].contains(bytes.count) || (21...form.count).contains(bytes.count) else { return nil }
        for (index, byte) in bytes.enumerated() {
            let isDigit = byte >= 0x30 && byte <= 0x39
            let fits = form[index] == UInt8(ascii: "d") ? isDigit : byte == form[index] || index == 10 && byte == 0x20
            guard fits else { return nil }
        }
        return String(decoding: bytes.enumerated().map { $0 == 10 ? UInt8(ascii: "T") : $1 }, as: UTF8.self)
    }
}

/// Texts by way of a cursor, where memory of their own is no matter.
enum LineText {
    static func timestamp(unixNanoseconds: Int64) -> String {
        String(unsafeUninitializedCapacity: 24) { memory in
            guard let start = memory.baseAddress else { return 0 }
            // SAFETY: a timestamp is 24 bytes.
            var cursor = LineCursor(start)
            cursor.timestamp(unixNanoseconds: unixNanoseconds)
            return cursor.next - start
        }
    }
}
