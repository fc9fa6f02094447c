// Compressing finished log files, and what a crash on the way leaves.
import Glibc
import PorticoCompression
import PorticoCore
import Testing

@testable import PorticoLog

@Suite struct LogArchiveTests {
    let folder = ScratchFolder()
    let archive: LogArchive

    init() throws { archive = try #require(LogArchive()) }

    private func plain(_ name: String) throws -> String {
        let bytes = try folder.read(name).withUnsafeBytes {
            try Decompressor.decompressWhole($0, coding: .gzip, limit: 1 << 24)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `rotated files are compressed and lose no line`() throws {
        let sink = FileSink.forTest(folder.path, mostBytes: 1000, mostRotated: 100, archive: archive)
        var expected = ""
        for number in 0..<500 {
            let line = "line \(number) of the log\n"
            expected += line
            #expect(sink.writeBatch(line) == 0)
        }
        sink.close()
        archive.waitUntilDone()
        let numbers = 1..<folder.names.count
        #expect(Set(folder.names) == Set(numbers.map { "test.\($0).log.gz" } + ["test.log"]))
        var all = ""
        for number in numbers { all += try plain("test.\(number).log.gz") }
        #expect(all + folder.text("test.log") == expected)
        archive.close()
    }

    @Test func `a crash while compressing is repaired at the next start`() throws {
        folder.put("test.1.log", "one\n")
        folder.put("test.1.log.gz.part", "half of")
        folder.put("test.7.log.gz.part", "of a file that retention took")
        folder.put("other.log.gz.part", "somebody else's")
        _ = FileSink.forTest(folder.path, archive: archive)
        archive.waitUntilDone()
        #expect(folder.names == ["other.log.gz.part", "test.1.log.gz", "test.log"])
        #expect(try plain("test.1.log.gz") == "one\n")
        archive.close()
    }

    @Test func `a crash after compressing leaves no line twice`() throws {
        folder.put("test.1.log", "one\n")
        let whole = folder.path + "/test.1.log.gz"
        #expect(GzipFile.write(folder.path + "/test.1.log", to: whole))
        _ = FileSink.forTest(folder.path, archive: archive)
        archive.waitUntilDone()
        #expect(folder.names == ["test.1.log.gz", "test.log"])
        #expect(try plain("test.1.log.gz") == "one\n")
        archive.close()
    }

    @Test func `the copy keeps permissions and the time of the last line`() throws {
        folder.put("test.1.log", "one\n")
        chmod(folder.path + "/test.1.log", 0o600)
        var times = [timespec(tv_sec: 1000, tv_nsec: 0), timespec(tv_sec: 1000, tv_nsec: 0)]
        utimensat(AT_FDCWD, folder.path + "/test.1.log", &times, 0)
        _ = FileSink.forTest(folder.path, archive: archive)
        archive.waitUntilDone()
        var status = stat()
        #expect(stat(folder.path + "/test.1.log.gz", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(status.st_mtim.tv_sec == 1000)
        archive.close()
    }

    @Test func `a file that cannot be read stays as it is`() {
        symlink("/nowhere", folder.path + "/test.1.log")
        mkdir(folder.path + "/test.2.log", 0o755)
        _ = FileSink.forTest(folder.path, archive: archive)
        archive.waitUntilDone()
        #expect(folder.names == ["test.1.log", "test.2.log", "test.log"])
        archive.close()
    }
}
