// The log file over time: rotation, restart, and disks that refuse.
import Glibc
import Testing

@testable import PorticoLog

/// Lines of 10 bytes each.
private func lines(_ range: Range<Int>) -> String {
    range.map { number in "line-" + String(1000 + number) + "\n" }.joined()
}

@Suite struct FileSinkTests {
    let folder = ScratchFolder()

    @Test func `no file grows beyond its bound and no line is lost or split`() {
        let sink = FileSink.forTest(folder.path, mostBytes: 105, mostRotated: 100)
        for start in stride(from: 0, to: 500, by: 50) { #expect(sink.write(lines(start..<start + 50)) == 0) }
        sink.close()
        var all = ""
        let names = (1...49).map { "test.\($0).log" } + ["test.log"]
        #expect(Set(folder.names) == Set(names))
        for name in names {
            #expect(folder.read(name).count == 100)
            all += folder.text(name)
        }
        #expect(all == lines(0..<500))
    }

    @Test func `the oldest rotated files go`() {
        let sink = FileSink.forTest(folder.path, mostBytes: 100, mostRotated: 3)
        #expect(sink.write(lines(0..<205)) == 0)
        #expect(folder.names == ["test.18.log", "test.19.log", "test.20.log", "test.log"])
        #expect(folder.text("test.20.log") == lines(190..<200))
        #expect(folder.text("test.log") == lines(200..<205))
    }

    @Test func `with nothing to keep only the current file stays`() {
        let sink = FileSink.forTest(folder.path, mostBytes: 100, mostRotated: 0)
        #expect(sink.write(lines(0..<95)) == 0)
        #expect(folder.names == ["test.log"])
    }

    @Test func `files of former dates count among the old ones, foreign files do not`() {
        for name in ["p-2020-01-01.log", "p-2020-01-01.1.log", "p-2020-01-02.7.log", "p-2020-01-01.log.keep", "q.log"] {
            folder.put(name, "x\n")
        }
        let sink = FileSink.forTest(folder.path, pattern: "p-{date}.log", mostRotated: 2)
        #expect(sink.write("new\n") == 0)
        let left = folder.names.filter { $0.contains("2020") || $0 == "q.log" }
        #expect(left == ["p-2020-01-01.log", "p-2020-01-01.log.keep", "p-2020-01-02.7.log", "q.log"])
    }

    @Test func `another living process keeps its files`() {
        folder.put("p-\(getppid()).log", "x\n")
        folder.put("p-99999999.log", "x\n")
        _ = FileSink.forTest(folder.path, pattern: "p-{pid}.log", mostRotated: 0)
        #expect(folder.names.sorted() == ["p-\(getppid()).log", "p-\(getpid()).log"].sorted())
    }

    @Test func `a restart appends, counts what is there and goes on numbering`() {
        folder.put("test.log", lines(0..<8))
        folder.put("test.4.log", "old\n")
        let sink = FileSink.forTest(folder.path, mostBytes: 100)
        #expect(sink.write(lines(8..<15)) == 0)
        #expect(folder.text("test.5.log") == lines(0..<10))
        #expect(folder.text("test.log") == lines(10..<15))
    }

    @Test func `a half-written last line is cut off at start`() {
        folder.put("test.log", "whole\nhal")
        let sink = FileSink.forTest(folder.path)
        #expect(sink.write("next\n") == 0)
        #expect(folder.text("test.log") == "whole\nnext\n")
    }

    @Test func `a first line that was never finished is cut off too`() {
        folder.put("test.log", "hal")
        let sink = FileSink.forTest(folder.path)
        #expect(sink.write("next\n") == 0)
        #expect(folder.text("test.log") == "next\n")
    }

    @Test func `a half-written line of any length is ended`() {
        folder.put("test.log", "whole\n" + String(repeating: "x", count: 100_000))
        let sink = FileSink.forTest(folder.path)
        #expect(sink.write("next\n") == 0)
        #expect(folder.lines("test.log").last == "next")
        #expect(folder.lines("test.log").count == 3)
    }

    @Test func `a line that no file may hold is dropped alone`() {
        let sink = FileSink.forTest(folder.path, mostBytes: 100)
        #expect(sink.write("a\n" + String(repeating: "x", count: 200) + "\nb\n") == 1)
        #expect(folder.names == ["test.1.log", "test.log"])
        #expect(folder.text("test.1.log") == "a\n")
        #expect(folder.text("test.log") == "b\n")
    }

    @Test func `a full disk leaves whole lines, is told once, and what is lost is counted`() throws {
        let complaints = Complaints()
        let disk = FullDisk(room: 34)
        let sink = FileSink.forTest(folder.path, complaints: complaints, disk: disk)
        #expect(sink.write(lines(0..<10)) == 7)
        #expect(folder.text("test.log") == lines(0..<3))
        #expect(sink.write(lines(10..<14)) == 4)
        sink.tellLosses(2)
        #expect(sink.unreported == 13)
        #expect(folder.text("test.log") == lines(0..<3))
        #expect(complaints.texts.count == 1)
        #expect(try #require(complaints.texts.first).contains("No space left on device"))

        disk.room = .max
        #expect(sink.write(lines(20..<21)) == 0)
        sink.tellLosses(0)
        #expect(sink.unreported == 0)
        let text = folder.text("test.log")
        #expect(text.hasPrefix(lines(0..<3) + lines(20..<21) + #"{"time":""#))
        #expect(text.hasSuffix(#"","level":"warning","event":"log_lines_dropped","count":13}"# + "\n"))
    }

    @Test func `a moved or deleted file is made anew`() {
        let sink = FileSink.forTest(folder.path)
        #expect(sink.write("one\n") == 0)
        rename(folder.path + "/test.log", folder.path + "/moved")
        sink.begin()
        #expect(sink.write("two\n") == 0)
        unlink(folder.path + "/test.log")
        sink.begin()
        #expect(sink.write("three\n") == 0)
        #expect(folder.text("moved") == "one\n")
        #expect(folder.text("test.log") == "three\n")
    }

    @Test func `a file that another program emptied is counted anew`() {
        let sink = FileSink.forTest(folder.path, mostBytes: 100)
        #expect(sink.write(lines(0..<9)) == 0)
        truncate(folder.path + "/test.log", 0)
        sink.begin()
        #expect(sink.write(lines(9..<18)) == 0)
        #expect(folder.names == ["test.log"])
    }

    @Test func `folders are made, and made again`() {
        let deep = folder.path + "/a/b/c"
        let sink = FileSink.forTest(deep)
        #expect(sink.write("one\n") == 0)
        unlink(deep + "/test.log")
        rmdir(deep)
        sink.begin()
        #expect(sink.write("two\n") == 0)
        #expect(folder.text("a/b/c/test.log") == "two\n")
    }

    @Test func `what cannot be opened is told once and tried again`() {
        let complaints = Complaints()
        folder.put("place", "a file where the folder should be")
        let sink = FileSink.forTest(folder.path + "/place", complaints: complaints)
        #expect(sink.currentPath == nil)
        #expect(sink.write("one\n") == 1)
        #expect(sink.write("two\n") == 1)
        #expect(complaints.texts.count == 1)
        unlink(folder.path + "/place")
        #expect(sink.write("three\n") == 0)
        #expect(folder.text("place/test.log") == "three\n")
        #expect(sink.currentPath == folder.path + "/place/test.log")
    }

    @Test func `a device is not a log file`() {
        symlink("/dev/full", folder.path + "/test.log")
        let complaints = Complaints()
        let sink = FileSink.forTest(folder.path, complaints: complaints)
        #expect(sink.write("x\n") == 1)
        #expect(complaints.texts.count == 1)
    }
}
