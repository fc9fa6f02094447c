// Another configuration takes over while the log is in use: levels, forms, files.
import Logging
import PorticoConfig
import Testing

@testable import PorticoLog

@Suite struct LogReloadTests {
    let folder = ScratchFolder()

    private func settings(_ change: (inout LoggingSettings) -> Void = { _ in }) -> LoggingSettings {
        var settings = LoggingSettings()
        settings.directory = folder.path
        settings.outputMode = .file
        settings.filePattern = "one.log"
        change(&settings)
        return settings
    }

    @Test func `levels by module follow the settings, an operator's word, and the settings again`() throws {
        let system = try LogSystem.start(settings: settings { $0.levels = [.proxy: .debug] }, name: "x")
        let (proxy, server, root, other) = (
            system.logger(label: "portico.proxy"), system.logger(label: "portico.server"),
            system.logger(label: "portico"), system.logger(label: "elsewhere")
        )
        func levels() -> [Logger.Level] { [proxy, server, root, other].map(\.logLevel) }
        #expect(levels() == [.debug, .info, .info, .info])
        system.setLevel(.error, for: nil)
        #expect(levels() == [.debug, .error, .error, .error])
        system.setLevel(.trace, for: .server)
        #expect(levels() == [.debug, .trace, .error, .error])
        #expect(system.currentLevels.levels == [.proxy: .debug, .server: .trace])
        system.use(settings { $0.level = .notice }, name: "x")
        #expect(levels() == [.notice, .notice, .notice, .notice])
        system.shutdown()
    }

    @Test func `lines before and after a change of files lie in the one and the other, and none is lost`() throws {
        let system = try LogSystem.start(settings: settings(), name: "x")
        let logger = system.logger(label: "portico")
        for number in 0..<100 { logger.info("before", metadata: ["n": "\(number)"]) }
        system.use(
            settings {
                $0.filePattern = "two-{name}.log"
                $0.format = .logfmt
            }, name: "y")
        #expect(system.writer.flush())
        for number in 0..<100 { logger.info("after", metadata: ["n": "\(number)"]) }
        #expect(system.shutdown())
        #expect(folder.names == ["one.log", "two-y.log"])
        #expect(folder.lines("one.log").count == 100 && folder.lines("two-y.log").count == 100)
        #expect(folder.lines("one.log").allSatisfy { $0.hasPrefix("{") && $0.contains("before") })
        #expect(folder.lines("two-y.log").allSatisfy { $0.hasPrefix("time=") && $0.contains("message=after") })
        #expect(system.writer.droppedLines == 0)
    }

    @Test func `bounds of the same file change without a new one`() throws {
        let system = try LogSystem.start(settings: settings { $0.compressRotatedLogs = false }, name: "x")
        system.logger(label: "portico").info("first")
        system.use(
            settings {
                $0.compressRotatedLogs = false
                $0.maxRotatedFiles = 2
            }, name: "x")
        system.logger(label: "portico").info("second")
        #expect(system.shutdown())
        #expect(folder.names == ["one.log"])
        #expect(folder.lines("one.log").count == 2)
    }

    @Test func `access buffers made after a change follow it`() throws {
        let system = try LogSystem.start(settings: settings(), name: "x")
        #expect(system.makeAccessBuffer()?.rules.format == .json)
        system.use(settings { $0.accessFormat = .logfmt }, name: "x")
        #expect(system.makeAccessBuffer()?.rules.format == .logfmt)
        system.use(settings { $0.accessLog = false }, name: "x")
        #expect(system.makeAccessBuffer() == nil)
        system.shutdown()
    }

    @Test func `secret fields of the server's lines are not shown, however deep`() throws {
        let system = try LogSystem.start(settings: settings { $0.redact = ["x-token"] }, name: "x")
        system.logger(label: "portico").info(
            "said",
            metadata: [
                "X_Token": "s3cret", "plain": "seen",
                "headers": ["x-token": "s3cret", "list": [["x_token": "s3cret"]]],
            ])
        #expect(system.shutdown())
        let line = try #require(folder.lines("one.log").first)
        #expect(!line.contains("s3cret") && line.contains("seen"))
        #expect(line.contains(#""X_Token":"***""#))
    }

    @Test func `unstructured lines are for eyes`() throws {
        let system = try LogSystem.start(settings: settings { $0.structuredLogging = false }, name: "x")
        system.logger(label: "portico").info("said")
        #expect(system.shutdown())
        #expect(folder.lines("one.log").first?.hasSuffix("INFO    portico: said") == true)
    }
}
