// The log from settings to files, as the program uses it.
import Glibc
import Logging
import PorticoConfig
import Testing

@testable import PorticoLog

@Suite struct LogSystemTests {
    let folder = ScratchFolder()

    private func settings(_ change: (inout LoggingSettings) -> Void = { _ in }) -> LoggingSettings {
        var settings = LoggingSettings()
        settings.directory = folder.path + "/logs"
        settings.outputMode = .file
        settings.filePattern = "{name}-{date}.log"
        change(&settings)
        return settings
    }

    @Test func `access lines and events share the file`() throws {
        let system = try LogSystem.start(settings: settings(), name: "shop")
        let path = try #require(system.currentFile)
        #expect(path.hasPrefix(folder.path + "/logs/shop-2"))
        let buffer = try #require(system.makeAccessBuffer())
        buffer.append(AccessRecord())
        buffer.handOver()
        system.logger(label: "portico.app").info("started")
        #expect(system.shutdown())
        let lines = folder.lines("logs/" + path.split(separator: "/").last!)
        #expect(lines.count == 2)
        #expect(lines[0].contains(#""status":0"#))
        #expect(lines[1].contains(#""message":"started""#))
    }

    @Test func `the access log can be off`() throws {
        let system = try LogSystem.start(settings: settings { $0.accessLog = false }, name: "shop")
        #expect(system.makeAccessBuffer() == nil)
        system.shutdown()
    }

    @Test func `the level is the settings'`() throws {
        let system = try LogSystem.start(settings: settings { $0.level = .error }, name: "shop")
        #expect(system.logger(label: "x").logLevel == .error)
        system.shutdown()
    }

    @Test func `the console alone needs no folder`() throws {
        let system = try LogSystem.start(settings: settings { $0.outputMode = .console }, name: "shop")
        #expect(system.currentFile == nil)
        #expect(folder.names.isEmpty)
        #expect(system.shutdown())
    }

    @Test func `a folder that cannot be made does not stop the start`() throws {
        let system = try LogSystem.start(settings: settings { $0.directory = "/dev/null/logs" }, name: "shop")
        #expect(system.currentFile == nil)
        #expect(system.shutdown())
    }

    @Test func `files turn at the size of the settings`() throws {
        let system = try LogSystem.start(
            settings: settings(
                {
                    $0.maxRotatedFiles = 2
                    $0.compressRotatedLogs = false
                }), name: "shop")
        let buffer = try #require(system.makeAccessBuffer())
        for number in 0..<30_000 {
            buffer.append(AccessRecord())
            if number % 5000 == 0 { #expect(system.writer.flush()) }
        }
        buffer.handOver()
        #expect(system.shutdown())
        #expect(system.writer.droppedLines == 0)
        let names = folder.names(in: "logs")
        #expect(names.count == 3)
        for name in names.dropLast() {
            let size = folder.read("logs/" + name).count
            #expect(size <= 1 << 20 && size > (1 << 20) - 300)
        }
    }
}
