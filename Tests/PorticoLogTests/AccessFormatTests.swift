// The access line in the formats that are no JSON.
import PorticoConfig
import Testing

@testable import PorticoLog

private func view(_ text: StaticString) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
}

@Suite struct AccessFormatTests {
    private func line(_ format: AccessFormat, _ adjust: (inout AccessRecord) -> Void = { _ in }) throws -> String {
        let folder = ScratchFolder()
        let writer = try #require(LogWriter(sinks: LogSinks(file: FileSink.forTest(folder.path), console: nil)))
        let buffer = AccessLineBuffer(writer: writer, format: format)
        var record = AccessRecord()
        record.unixNanoseconds = 1_767_323_045_678_000_000
        record.requestID = view("r-1")
        record.clientIP = view("192.0.2.1")
        record.method = view("GET")
        record.host = view("shop.example")
        record.path = view("/a b?q=1")
        record.protocolName = view("HTTP/1.1")
        record.status = 200
        record.bytesOut = 2326
        record.durationNanoseconds = 1_500_000
        record.userAgent = view("curl/8")
        adjust(&record)
        buffer.append(record)
        buffer.handOver()
        #expect(writer.close())
        return folder.text("test.log")
    }

    @Test func common() throws {
        #expect(
            try line(.common) == #"192.0.2.1 - - [02/Jan/2026:03:04:05 +0000] "GET /a b?q=1 HTTP/1.1" 200 2326"# + "\n")
    }

    @Test func `combined names agent and referer, a dash where there is none`() throws {
        #expect(
            try line(.combined)
                == #"192.0.2.1 - - [02/Jan/2026:03:04:05 +0000] "GET /a b?q=1 HTTP/1.1" 200 2326 "-" "curl/8""# + "\n")
    }

    @Test func logfmt() throws {
        #expect(
            try line(.logfmt)
                == "time=2026-01-02T03:04:05.678Z level=info request_id=r-1 client_ip=192.0.2.1 method=GET host=shop.example "
                + #"path="/a b?q=1" protocol=HTTP/1.1 status=200 bytes_in=0 bytes_out=2326 total_ms=1.500 reason=ok "#
                + "user_agent=curl/8\n")
    }

    @Test(arguments: [AccessFormat.common, .combined, .logfmt])
    func `no value forges a line or leaves its quotes`(format: AccessFormat) throws {
        let text = try line(format) { record in
            record.path = view("/\" 200\r\nforged \u{1B}[31m")
            record.userAgent = view("a\"b\nc")
        }
        #expect(text.split(separator: "\n").count == 1)
        #expect(!text.contains("\u{1B}"))
        #expect(text.contains(#"/\" 200\r\nforged"#) || text.contains(#"/\" 200\u000d\u000aforged"#))
    }
}
