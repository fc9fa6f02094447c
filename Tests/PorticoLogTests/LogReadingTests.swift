// Lines read back: what they say, which are wanted, how they are shown.
import Foundation
import PorticoConfig
import PorticoCore
import PorticoTesting
import Testing

@testable import PorticoLog

private let access =
    #"{"time":"2026-01-02T03:04:05.678Z","level":"error","request_id":"r-1","client_ip":"10.1.2.3","method":"GET","host":"shop.example","path":"/a?q=\"x\"\u001b","status":502,"total_ms":12.500,"reason":"connect_refused","route":"/api/*","target":"10.0.0.1:9","attempts":2}"#
private let event =
    #"{"time":"2026-01-02T03:04:06.000Z","level":"warning","logger":"portico.proxy","message":"target health changed","from":"up","list":["a",{"b":"}"}],"to":"down"}"#
private let logfmt =
    #"time=2026-01-02T03:04:07.000Z level=info client_ip=::1 method=GET host=a path="/a b" status=200 total_ms=0.100 reason=ok"#

private func withEntry<Result>(_ line: String, _ body: (LogEntry) throws -> Result) rethrows -> Result {
    try Array(line.utf8).withUnsafeBytes { bytes in
        var entry = LogEntry()
        entry.read(bytes)
        return try body(entry)
    }
}

private func admits(_ line: String, _ change: (inout LogFilter) -> Void) -> Bool {
    var filter = LogFilter()
    change(&filter)
    return withEntry(line) { filter.admits($0) }
}

private func shown(_ line: String, _ style: LogView.Style) -> String {
    withEntry(line) { entry in
        var output: [UInt8] = []
        LogView(style: style).write(entry, to: &output)
        return String(decoding: output, as: UTF8.self)
    }
}

@Suite struct LogReadingTests {
    @Test func `the fields of a line are found by name`() {
        withEntry(access) { entry in
            #expect(entry.form == .json && entry.isAccess)
            #expect(entry.text("path") == "/a?q=\"x\"\u{1B}")
            #expect(entry.number("status") == 502 && entry.number("total_ms") == 12.5)
            #expect(entry.text("none") == nil)
        }
        withEntry(event) { entry in
            #expect(entry.form == .json && !entry.isAccess)
            #expect(entry.text("list") == #"["a",{"b":"}"}]"# && entry.text("to") == "down")
        }
        withEntry(logfmt) { entry in
            #expect(entry.form == .logfmt && entry.text("path") == "/a b" && entry.number("status") == 200)
        }
    }

    @Test(arguments: [
        "", "text", "{", "{}x", #"{"a"}"#, #"{"a":}"#, #"{"a":"b"#, #"{"a":1"#, #"{"a":[1}"#, #"{"a" "b"}"#, "time=",
        "time=1 x", #"time="a"#,
    ])
    func `what is no line of ours has no fields`(line: String) {
        withEntry(line) { entry in
            if line != "time=" { #expect(entry.form == .other && entry.fields.isEmpty, "\(line)") }
        }
        _ = shown(line, .json)
        _ = shown(line, .compact(coloured: true))
    }

    @Test func `no bytes make the reader fail`() {
        var generator = SplitMix(seed: 11)
        for _ in 0..<2000 {
            var bytes = Array(access.utf8)
            for _ in 0..<4 {
                bytes[Int(generator.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: generator.next())
            }
            bytes.withUnsafeBytes { bytes in
                var entry = LogEntry()
                entry.read(bytes)
                var output: [UInt8] = []
                LogView(style: .compact(coloured: false)).write(entry, to: &output)
                #expect(output.dropLast().allSatisfy { $0 >= 0x20 && $0 != 0x7F }, "no control reaches a terminal")
            }
        }
    }

    @Test func `filters go together`() {
        #expect(admits(access) { _ in })
        #expect(
            admits(access) { $0.statuses = [500...599] } && !admits(access) { $0.statuses = [200...299, 404...404] })
        #expect(admits(access) { $0.route = "/api/*" } && !admits(access) { $0.route = "/api" })
        #expect(
            admits(access) { $0.client = IPRange("10.0.0.0/8") }
                && !admits(access) { $0.client = IPRange("10.2.0.0/16") })
        #expect(admits(access) { $0.slowerThan = 12.5 } && !admits(access) { $0.slowerThan = 12.6 })
        #expect(admits(access) { $0.reason = "connect_refused" } && !admits(access) { $0.reason = "ok" })
        #expect(admits(access) { $0.requestID = "r-1" } && !admits(access) { $0.requestID = "r" })
        #expect(!admits(event) { $0.statuses = [100...999] }, "an event is no request")
        #expect(admits(event) { $0.leastLevel = .warning } && !admits(logfmt) { $0.leastLevel = .warning })
        #expect(admits(logfmt) { $0.statuses = [200...200] })
        #expect(
            admits(event) { $0.since = "2026-01-02T03:04:06" } && !admits(access) { $0.since = "2026-01-02T03:04:06" })
        #expect(
            admits(access) { $0.until = "2026-01-02T03:04:06" } && !admits(event) { $0.until = "2026-01-02T03:04:06" })
        #expect(admits("text") { _ in } && !admits("text") { $0.since = "2026-01-02" })
        #expect(
            !admits(access) {
                $0.statuses = [500...599]; $0.reason = "ok"
            })
    }

    @Test(
        arguments: [
            ("404", [404...404]), ("5xx", [500...599]), ("400-499", [400...499]), (">=500", [500...999]),
            ("4xx,500", [400...499, 500...500]), ("", nil), ("40", nil), ("499-400", nil), ("0xx", nil), ("5xx,", nil),
            (">=5", nil),
        ] as [(String, [ClosedRange<Int>]?)])
    func `statuses`(text: String, ranges: [ClosedRange<Int>]?) { #expect(LogFilter.statuses(text) == ranges) }

    @Test(
        arguments: [
            ("2h", "2026-01-02T01:04:05.678Z"), ("2026-01-02", "2026-01-02"), ("2026-01-02T03:04", "2026-01-02T03:04"),
            ("2026-01-02 03:04:05Z", "2026-01-02T03:04:05"), ("2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678"),
            ("yesterday", nil),
            ("2026-1-2", nil), ("2026-01-02T3", nil), ("", nil), ("5", nil),
        ] as [(String, String?)])
    func `times`(text: String, moment: String?) {
        #expect(LogFilter.moment(text, unixNanoseconds: 1_767_323_045_678_000_000) == moment)
    }

    @Test func `the compact view is short, and harmless`() {
        #expect(
            shown(access, .compact(coloured: false))
                == #"03:04:05.678 502 GET shop.example/a?q="x"\u001b 12.500ms 10.1.2.3 /api/* > 10.0.0.1:9 x2 connect_refused"#
                + "\n")
        #expect(
            shown(event, .compact(coloured: false))
                == #"03:04:06.000 WARNING portico.proxy: target health changed from=up list=["a",{"b":"}"}] to=down"#
                + "\n")
        #expect(shown("a\u{1B}[31mb", .compact(coloured: false)) == #"a\u001b[31mb"# + "\n")
        #expect(shown(access, .compact(coloured: true)).contains("\u{1B}[31m502\u{1B}[0m"))
    }

    @Test func `JSON stays as it is, and what is none becomes it`() throws {
        #expect(shown(access, .json) == access + "\n")
        for line in [logfmt, "text \"of\" any\u{1B} kind"] {
            let read = try JSONSerialization.jsonObject(with: Data(shown(line, .json).utf8)) as? [String: Any]
            #expect(read != nil)
        }
        let read = try JSONSerialization.jsonObject(with: Data(shown(logfmt, .json).utf8)) as? [String: Any]
        #expect(read?["status"] as? Int == 200 && read?["path"] as? String == "/a b")
    }

    @Test func `the last lines that fit, across files`() throws {
        let folder = ScratchFolder()
        for number in 1...3 {
            folder.put(
                number == 3 ? "a.log" : "a.\(number).log",
                (0..<10).map { #"{"time":"2026-01-02","status":\#(number)0\#($0),"level":"info"}"# + "\n" }.joined())
        }
        var settings = LoggingSettings()
        settings.directory = folder.path
        settings.filePattern = "a.log"
        var reading = LogReading(settings, name: "x")
        reading.asJSON = true
        func statuses(_ last: Int?) -> [Substring] {
            reading.last = last
            var text = ""
            reading.run(following: false) {
                text += String(decoding: $0, as: UTF8.self); return true
            }
            return text.split(separator: "\n").map { $0.split(separator: ":")[2].prefix(3) }
        }
        #expect(statuses(nil).count == 30 && statuses(nil).first == "100")
        #expect(statuses(0).isEmpty)
        #expect(statuses(12) == ["208", "209"] + (0..<10).map { "30\($0)" })
        #expect(statuses(100).count == 30)
        reading.filter.statuses = [100...101, 301...301]
        #expect(statuses(2) == ["101", "301"])
    }
}
