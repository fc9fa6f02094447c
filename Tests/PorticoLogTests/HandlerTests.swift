// Application events: one line each, in every layout, whatever the values are.
import Foundation
import Logging
import PorticoConfig
import Testing

@testable import PorticoLog

private func event(
    _ message: String = "target is down", level: Logger.Level = .warning, metadata: Logger.Metadata = [:]
) -> LogEventView {
    LogEventView(
        unixNanoseconds: 1_767_323_045_678_000_000, level: level, logger: "portico.app", message: message,
        metadata: metadata)
}

private func json(_ event: LogEventView) -> String {
    let chunk = LogChunk(capacity: 16)
    JSONLayout.write(event, to: chunk)
    #expect(chunk.lines == 1)
    return String(decoding: chunk.view, as: UTF8.self)
}

private func text(_ event: LogEventView, coloured: Bool = false) -> String {
    let chunk = LogChunk(capacity: 16)
    TextLayout(coloured: coloured).write(event, to: chunk)
    #expect(chunk.lines == 1)
    return String(decoding: chunk.view, as: UTF8.self)
}

private func read(_ line: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
}

private struct Failure: Error, CustomStringConvertible {
    let description = "it \"broke\""
}

@Suite struct HandlerTests {
    @Test func `an event is one JSON line`() {
        let line = json(event(metadata: ["target": "10.0.0.1:9000", "failures": "\(3)"]))
        let expected = """
            {"time":"2026-01-02T03:04:05.678Z","level":"warning","logger":"portico.app",\
            "message":"target is down","failures":"3","target":"10.0.0.1:9000"}

            """
        #expect(line == expected)
    }

    @Test func `nested metadata keeps its shape, with strings as leaves`() {
        let line = json(event("m", metadata: ["a": ["x", ["k": "v", "b": "\n"]], "n": .stringConvertible(5)]))
        #expect(line.hasSuffix(#""message":"m","a":["x",{"b":"\n","k":"v"}],"n":"5"}"# + "\n"))
    }

    @Test func `metadata cannot take the line's own keys`() throws {
        let line = json(event("m", metadata: ["time": "never", "level": "x", "message": "y", "logger": "z"]))
        let read = try read(line)
        #expect(read["message"] as? String == "m")
        #expect(read["message_"] as? String == "y")
        #expect(read["time_"] as? String == "never")
    }

    @Test func `hostile values stay in their place`() throws {
        let hostile = "a\"\n{\"level\":\"x\"}\r\u{1b}[31m\u{2028}\u{0}"
        for line in [json(event(hostile, metadata: [hostile: .string(hostile)]))] {
            #expect(line.dropLast().utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f })
            #expect(try read(line)[hostile] as? String == hostile)
        }
        let plain = text(event(hostile, metadata: [hostile: .string(hostile)]))
        #expect(plain.dropLast().utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f })
    }

    @Test func `endless metadata ends`() throws {
        var deep: Logger.Metadata.Value = "bottom"
        for _ in 0..<100 { deep = [deep] }
        let wide = Logger.Metadata.Value.array((0..<20_000).map { "\($0)" })
        let long = Logger.Metadata.Value.string(String(repeating: "é", count: 100_000))
        let many = Dictionary(uniqueKeysWithValues: (0..<50).map { ("k\($0)", long) })
        for metadata in [["deep": deep], ["wide": wide], many] {
            let line = json(event(metadata: metadata))
            #expect(line.utf8.count < 2 * LogEventView.longestLine)
            _ = try read(line)
        }
        #expect(try read(json(event(metadata: many)))["truncated"] as? String == "true")
    }

    @Test func `the text layout quotes what could be misread`() {
        let line = text(event(metadata: ["a": "bare/1.2:3", "b": "two words", "c": "", "d": "x=y", "e": ["l"]]))
        let expected = """
            2026-01-02T03:04:05.678Z WARNING portico.app: target is down \
            a=bare/1.2:3 b="two words" c="" d="x=y" e=["l"]

            """
        #expect(line == expected)
    }

    @Test func `colours are for terminals`() {
        #expect(
            text(event(metadata: ["a": "1"]), coloured: true)
                == "\u{1b}[2m03:04:05\u{1b}[0m \u{1b}[33mWARNING\u{1b}[0m target is down \u{1b}[2ma=\u{1b}[0m1\n")
        let layout = LogLayout(format: .text, toFile: true, toConsole: true, terminal: true, coloured: true)
        let chunks = layout.chunks(for: event())
        #expect(chunks.map(\.destinations) == [.file, .console])
        #expect(!chunks[0].view.contains(0x1b))
        #expect(chunks[1].view.contains(0x1b))
    }

    @Test func `without a terminal both get the same bytes`() {
        for (toFile, toConsole, expected) in [
            (true, true, LogDestinations.all), (true, false, .file), (false, true, .console),
        ] {
            let layout = LogLayout(
                format: .json, toFile: toFile, toConsole: toConsole, terminal: false, coloured: false)
            #expect(layout.chunks(for: event()).map(\.destinations) == [expected])
        }
    }

    @Test func `a logger's level, metadata and errors arrive`() throws {
        let folder = ScratchFolder()
        let writer = try #require(LogWriter(sinks: LogSinks(file: .forTest(folder.path), console: nil)))
        let layout = LogLayout(format: .json, toFile: true, toConsole: false, terminal: false, coloured: false)
        var logger = Logger(label: "portico.test") {
            PorticoLogHandler(label: $0, threshold: LogThreshold(.info), writer: writer, form: LogForm(layout))
        }
        logger[metadataKey: "side"] = "upstream"
        logger.debug("not seen")
        logger.info("seen", metadata: ["n": "1"])
        logger.error("failed", error: Failure(), metadata: ["side": "client"])
        #expect(writer.close())
        let lines = folder.lines("test.log")
        #expect(lines.count == 2)
        #expect(lines[0].contains(#""level":"info","logger":"portico.test""#))
        #expect(lines[0].hasSuffix(#""message":"seen","n":"1","side":"upstream"}"#))
        #expect(lines[1].hasSuffix(#""message":"failed","error":"it \"broke\"","side":"client"}"#))
    }
}
