// The access line, byte by byte.
import Foundation
import PorticoConfig
import PorticoTesting
import Testing

@testable import PorticoLog

/// A literal's bytes: they live as long as the program.
private func view(_ text: StaticString) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
}

/// Runs `body` with a buffer whose lines go to a file, and returns the lines.
private func written(_ format: AccessFormat = .json, _ body: (AccessLineBuffer) -> Void) throws -> [Substring] {
    let folder = ScratchFolder()
    let sink = FileSink.forTest(folder.path)
    let writer = try #require(LogWriter(sinks: LogSinks(file: sink, console: nil)))
    let buffer = AccessLineBuffer(writer: writer, format: format)
    body(buffer)
    buffer.handOver()
    #expect(writer.close())
    return folder.lines("test.log")
}

private func decimalText(_ value: Int) -> String { lineText { $0.decimal(value) } }

@Suite struct AccessLineTests {
    @Test func `a line with every field`() throws {
        let lines = try written { buffer in
            var record = AccessRecord()
            record.unixNanoseconds = 1_767_323_045_678_000_000
            record.requestID = view("r-1")
            record.clientIP = view("2001:db8::1")
            record.method = view("POST")
            record.host = view("shop.example")
            record.path = view("/api?q=\"x\"")
            record.protocolName = view("HTTP/2")
            record.status = 502
            record.bytesIn = 17
            record.bytesOut = 9_876_543_210
            record.durationNanoseconds = 1_234_567_890
            record.route = view("api")
            record.target = view("10.0.0.1:9000")
            record.cache = view("miss")
            record.queueNanoseconds = 2_000_000
            record.breaker = view("closed")
            record.connectNanoseconds = 999
            record.upstreamHeadNanoseconds = 3_500_000
            record.upstreamBodyNanoseconds = 0
            record.attempts = 2
            record.cause = view("10.0.0.1:9000: connection \"refused\"")
            record.traceID = view("0af7651916cd43dd8448eb211c80319c")
            record.spanID = view("b7ad6b7169203331")
            record.userAgent = view("curl/8")
            record.referer = view("https://a.example/")
            record.reason = view("connect_refused")
            buffer.append(record)
        }
        let expected = """
            {"time":"2026-01-02T03:04:05.678Z","level":"error","request_id":"r-1","client_ip":"2001:db8::1",\
            "method":"POST","host":"shop.example","path":"/api?q=\\"x\\"","protocol":"HTTP/2",\
            "status":502,"bytes_in":17,"bytes_out":9876543210,"total_ms":1234.567,\
            "reason":"connect_refused","route":"api","cache":"miss","target":"10.0.0.1:9000","breaker":"closed",\
            "attempts":2,"queue_ms":2.000,"connect_ms":0.000,"upstream_head_ms":3.500,"upstream_body_ms":0.000,"cause":"10.0.0.1:9000: connection \\"refused\\"",\
            "trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331",\
            "user_agent":"curl/8","referer":"https://a.example/"}
            """
        #expect(lines == [expected[...]])
    }

    @Test func `a line with nothing still has the fields that are always there`() throws {
        let lines = try written { $0.append(AccessRecord()) }
        let expected = """
            {"time":"1970-01-01T00:00:00.000Z","level":"info","request_id":"","client_ip":"","method":"",\
            "host":"","path":"","protocol":"","status":0,"bytes_in":0,"bytes_out":0,"total_ms":0.000,"reason":"ok"}
            """
        #expect(lines == [expected[...]])
    }

    @Test func `the time follows the clock within and across seconds, and backwards`() throws {
        let lines = try written { buffer in
            for nanoseconds in [1_999_000_000, 2_000_000_000, 2_001_999_999, 1_500_000_000] as [Int64] {
                var record = AccessRecord()
                record.unixNanoseconds = nanoseconds
                buffer.append(record)
            }
        }
        #expect(
            lines.map { $0.dropFirst(26).prefix(7) } == ["01.999Z", "02.000Z", "02.001Z", "01.500Z"])
    }

    @Test(arguments: [(200, "info"), (304, "info"), (404, "info"), (499, "info"), (500, "error"), (503, "error")])
    func `the level follows the status`(status: Int, level: String) throws {
        let lines = try written { buffer in
            var record = AccessRecord()
            record.status = status
            buffer.append(record)
        }
        #expect(lines[0].contains("\"level\":\"\(level)\""))
    }

    @Test func `a level that is given is taken`() throws {
        let lines = try written { buffer in
            for level in LogLevel.allCases {
                var record = AccessRecord()
                record.level = level
                buffer.append(record)
            }
        }
        for (line, level) in zip(lines, LogLevel.allCases) { #expect(line.contains("\"level\":\"\(level.rawValue)\"")) }
    }

    @Test func `numbers of any size are printed as they are`() {
        var values = [0, 1, 9, 10, 99, 100, .max, .max - 1, -1, -10, .min]
        var power = 1
        for _ in 0..<18 {
            power *= 10
            values += [power - 1, power, power + 1]
        }
        for value in values { #expect(decimalText(value) == String(value)) }
        #expect(lineText { $0.milliseconds(-5) } == "0.000")
        #expect(lineText { $0.milliseconds(999_999) } == "0.999")
        #expect(lineText { $0.milliseconds(12_003_400) } == "12.003")
    }

    @Test func `an abusive value is cut and the line stays valid`() throws {
        let long = [UInt8](repeating: 0, count: 300_000)
        let lines = try long.withUnsafeBytes { bytes in
            try written { buffer in
                for _ in 0..<3 {
                    var record = AccessRecord()
                    record.path = bytes
                    record.userAgent = bytes
                    record.host = bytes
                    record.queueNanoseconds = 0
                    record.cause = bytes
                    buffer.append(record)
                }
            }
        }
        #expect(lines.count == 3)
        for line in lines {
            let read = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            #expect((read["path"] as? String)?.utf8.count == AccessLineBuffer.longestValue)
        }
    }

    @Test func `hostile bytes in every field give one valid line each`() throws {
        var generator = SplitMix(seed: 3)
        let count = 500
        let lines = try written { buffer in
            for _ in 0..<count {
                generator.bytes(100).withUnsafeBytes { bytes in
                    var record = AccessRecord()
                    record.path = bytes
                    record.method = UnsafeRawBufferPointer(rebasing: bytes[..<7])
                    record.host = UnsafeRawBufferPointer(rebasing: bytes[7..<20])
                    record.userAgent = UnsafeRawBufferPointer(rebasing: bytes[20...])
                    record.referer = bytes
                    buffer.append(record)
                }
            }
        }
        #expect(lines.count == count)
        for line in lines { #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) } }
    }

    @Test func `a full chunk goes by itself`() throws {
        let folder = ScratchFolder()
        let sink = FileSink.forTest(folder.path)
        let writer = try #require(LogWriter(sinks: LogSinks(file: sink, console: nil)))
        let buffer = AccessLineBuffer(writer: writer)
        for _ in 0..<1000 { buffer.append(AccessRecord()) }
        #expect(writer.flush())
        #expect(folder.read("test.log").count >= LogChunk.fullAt)
        #expect(folder.read("test.log").last == 0x0a)
        writer.close()
    }
}
