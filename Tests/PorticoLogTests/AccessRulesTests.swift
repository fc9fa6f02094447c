// What the settings make of an access line: redaction, ids, phases, the level of requests.
import PorticoConfig
import Testing

@testable import PorticoLog

private func view(_ text: StaticString) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
}

@Suite struct AccessRulesTests {
    private func lines(
        _ change: (inout LoggingSettings) -> Void, _ adjust: (inout AccessRecord) -> Void
    ) throws -> [String] {
        var settings = LoggingSettings()
        change(&settings)
        let folder = ScratchFolder()
        let writer = try #require(LogWriter(sinks: LogSinks(file: FileSink.forTest(folder.path), console: nil)))
        let levels = LogLevels(settings)
        let buffer = AccessLineBuffer(
            writer: writer, rules: AccessLineRules(settings, threshold: levels.threshold(.access)))
        var record = AccessRecord()
        record.requestID = view("r-1")
        record.path = view("/")
        record.status = 200
        adjust(&record)
        buffer.append(record)
        buffer.handOver()
        #expect(writer.close())
        return folder.lines("test.log").map(String.init)
    }

    @Test(arguments: [
        ("/a", "/a"), ("/a?b=1", "/a?b=1"), ("/a?token=s3cret", "/a?token=***"),
        ("/a?x=1&TOKEN=s&y=2", "/a?x=1&TOKEN=***&y=2"),
        ("/?api-key=s;api_key=t", "/?api-key=***;api_key=***"), ("/?%74oken=s", "/?%74oken=***"),
        ("/?tok%65n=s", "/?tok%65n=***"),
        ("/?token", "/?token"), ("/?token=", "/?token=***"), ("/?mytoken=a", "/?mytoken=a"),
        ("/?token=a=b&&=&x", "/?token=***&&=&x"),
        ("/token=a?", "/token=a?"), ("/?a=?token=b", "/?a=?token=b"),
    ])
    func `the query's secrets are not shown`(path: String, shown: String) throws {
        var path = path
        for format in AccessFormat.allCases {
            let line = try path.withUTF8 { bytes in
                try lines({
                    $0.redact = ["token", "api-key"]
                    $0.accessFormat = format
                }) { $0.path = UnsafeRawBufferPointer(bytes) }
            }.first
            #expect(line?.contains(shown) == true, "\(format): \(line ?? "none")")
            if shown.contains("***") { #expect(line?.contains("s3cret") == false) }
        }
    }

    @Test func `a referer's secrets are not shown, nor a header that is secret itself`() throws {
        let line = try lines({ $0.redact = ["token", "user-agent"] }) {
            $0.referer = view("https://a.example/?token=s3cret&x=1")
            $0.userAgent = view("s3cret")
        }
        #expect(line.first?.contains(#""user_agent":"***","referer":"https://a.example/?token=***&x=1""#) == true)
        let hidden = try lines({ $0.redact = ["Referer"] }) { $0.referer = view("s3cret") }
        #expect(hidden.first?.contains(#""referer":"***""#) == true)
    }

    @Test func `the defaults hide an API key`() throws {
        let line = try lines({ _ in }) { $0.path = view("/?x-api-key=s3cret") }
        #expect(line.first?.contains(#""path":"/?x-api-key=***""#) == true)
    }

    @Test func `ids and traces can be left out`() throws {
        for format in [AccessFormat.json, .logfmt] {
            let line = try #require(
                try lines({
                    $0.enableRequestIDs = false
                    $0.accessFormat = format
                }) {
                    $0.traceID = view("0af7651916cd43dd8448eb211c80319c")
                    $0.spanID = view("b7ad6b7169203331")
                }.first)
            for word in ["request_id", "trace_id", "span_id"] { #expect(!line.contains(word)) }
        }
    }

    @Test func `phases can be left out`() throws {
        func fill(_ record: inout AccessRecord) {
            record.queueNanoseconds = 0
            record.connectNanoseconds = 0
            record.upstreamHeadNanoseconds = 0
            record.upstreamBodyNanoseconds = 0
            record.attempts = 1
        }
        let phases = ["queue_ms", "connect_ms", "upstream_head_ms", "upstream_body_ms"]
        for format in [AccessFormat.json, .logfmt] {
            let with = try #require(try lines({ $0.accessFormat = format }, fill).first)
            for phase in phases { #expect(with.contains(phase), "\(with)") }
            let without = try #require(
                try lines(
                    {
                        $0.enablePerformanceMetrics = false
                        $0.accessFormat = format
                    }, fill
                ).first)
            for phase in phases { #expect(!without.contains(phase), "\(without)") }
            #expect(without.contains("attempts") && without.contains("total_ms"))
        }
    }

    @Test func `phases that were not reached are left out`() throws {
        let line = try #require(
            try lines({ _ in }) {
                $0.queueNanoseconds = 0
                $0.connectNanoseconds = 5_000_000
                $0.attempts = 1
            }.first)
        #expect(line.contains(#""queue_ms":0.000,"connect_ms":5.000"#))
        #expect(!line.contains("upstream_head_ms") && !line.contains("upstream_body_ms"))
    }

    @Test func `unstructured access lines are combined`() throws {
        let line = try lines({ $0.structuredLogging = false }) { $0.method = view("GET") }
        #expect(line.first?.contains(#"] "GET / "#) == true)
    }

    @Test(arguments: [
        (LogLevel.info, 200, 1), (.error, 200, 0), (.error, 404, 0), (.error, 502, 1), (.critical, 502, 0),
    ])
    func `requests have a level of their own`(least: LogLevel, status: Int, count: Int) throws {
        let written = try lines({ $0.levels = [.access: least] }) { $0.status = status }
        #expect(written.count == count)
    }

    @Test func `the common level is not the requests'`() throws {
        #expect(try lines({ $0.level = .critical }) { _ in }.count == 1)
    }
}
