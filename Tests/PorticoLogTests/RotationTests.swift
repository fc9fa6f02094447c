// Log files that end by time, and what may stay of the finished ones.
import Glibc
import PorticoConfig
import Testing

@testable import PorticoLog

/// 2026-01-02T10:59:50Z
private let morning: Int64 = 1_767_351_590

@Suite struct RotationTests {
    let folder = ScratchFolder()
    let clock = WallHand(morning)

    @Test(arguments: [
        (RotationStrategy.size, Int64(86_400), false), (.daily, 20, false), (.daily, 86_400, true), (.hourly, 5, false),
        (.hourly, 20, true), (.sizeAndTime, 20, false), (.sizeAndTime, 86_400, true), (.daily, -86_400, false),
        (.hourly, -3600, false),
    ])
    func `a file is over when its hour or day is`(strategy: RotationStrategy, later: Int64, isOver: Bool) {
        #expect(RotationRule(strategy).isOver(start: morning, now: morning + later) == isOver)
    }

    @Test func `each hour has a file, numbered where the name does not tell`() {
        let sink = FileSink.forTest(folder.path, clock: clock) { $0.rule = RotationRule(.hourly) }
        #expect(sink.writeBatch("ten\n") == 0)
        clock.seconds += 20
        #expect(sink.writeBatch("eleven\n") == 0)
        clock.seconds += 20
        #expect(sink.writeBatch("still eleven\n") == 0)
        #expect(folder.names == ["test.1.log", "test.log"])
        #expect(folder.text("test.1.log") == "ten\n")
        #expect(folder.text("test.log") == "eleven\nstill eleven\n")
    }

    @Test func `a new day has a new file where names carry the date`() {
        let sink = FileSink.forTest(folder.path, pattern: "p-{date}.log", clock: clock)
        #expect(sink.writeBatch("friday\n") == 0)
        clock.seconds += 86_400
        #expect(sink.writeBatch("saturday\n") == 0)
        #expect(folder.names == ["p-2026-01-02.log", "p-2026-01-03.log"])
        #expect(folder.text("p-2026-01-03.log") == "saturday\n")
    }

    @Test func `a restart does not put a new day into yesterday's file`() {
        let first = FileSink.forTest(folder.path, clock: clock) { $0.rule = RotationRule(.daily) }
        #expect(first.writeBatch("yesterday\n") == 0)
        first.close()
        var times = [timespec(tv_sec: Int(morning), tv_nsec: 0), timespec(tv_sec: Int(morning), tv_nsec: 0)]
        utimensat(AT_FDCWD, folder.path + "/test.log", &times, 0)
        clock.seconds += 86_400
        let second = FileSink.forTest(folder.path, clock: clock) { $0.rule = RotationRule(.daily) }
        #expect(second.writeBatch("today\n") == 0)
        #expect(folder.text("test.1.log") == "yesterday\n")
        #expect(folder.text("test.log") == "today\n")
    }

    @Test func `an empty file is not rotated`() {
        let sink = FileSink.forTest(folder.path, clock: clock) { $0.rule = RotationRule(.hourly) }
        for _ in 0..<3 {
            clock.seconds += 3600
            sink.begin()
        }
        #expect(folder.names == ["test.log"])
    }

    @Test func `all files together keep within the budget`() {
        let sink = FileSink.forTest(folder.path, mostBytes: 100, mostRotated: 1000) { $0.totalBytes = 450 }
        let line = String(repeating: "x", count: 49) + "\n"
        for _ in 0..<100 {
            #expect(sink.writeBatch(line) == 0)
            let total = folder.names.reduce(0) { $0 + folder.read($1).count }
            #expect(total <= 450)
        }
        #expect(folder.names.count == 4)
    }

    @Test func `a budget for less than one file keeps the current one only`() {
        folder.put("test.1.log", String(repeating: "x", count: 500))
        _ = FileSink.forTest(folder.path, mostBytes: 100) { $0.totalBytes = 100 }
        #expect(folder.names == ["test.log"])
    }

    @Test func `files of days long gone go`() {
        let now = WallHand(morning + 40 * 86_400)
        for (name, age) in [("test.1.log", 31), ("test.2.log.gz", 31), ("test.3.log", 29)] {
            folder.put(name, "x\n")
            let second = Int(now.seconds) - age * 86_400
            var times = [timespec(tv_sec: second, tv_nsec: 0), timespec(tv_sec: second, tv_nsec: 0)]
            utimensat(AT_FDCWD, folder.path + "/" + name, &times, 0)
        }
        _ = FileSink.forTest(folder.path, clock: now) { $0.retentionDays = 30 }
        #expect(folder.names == ["test.3.log", "test.log"])
    }

    @Test func `compressed files count and keep their number`() {
        for name in ["test.1.log.gz", "test.2.log.gz", "test.3.log.gz"] { folder.put(name, "x") }
        let sink = FileSink.forTest(folder.path, mostBytes: 10, mostRotated: 2)
        #expect(sink.write("line-1000\nline-1001\n") == 0)
        #expect(folder.names == ["test.3.log.gz", "test.4.log", "test.log"])
    }

    @Test func `with too little free disk lines are dropped and counted until there is room`() {
        let disk = FullDisk(room: 50)
        let complaints = Complaints()
        let sink = FileSink.forTest(folder.path, complaints: complaints, disk: disk) { $0.leastFree = 1000 }
        #expect(sink.writeBatch("lost\nlost\n") == 2)
        #expect(complaints.texts.count == 1)
        #expect(complaints.texts.first?.contains("min_free_mb") == true)
        disk.room = 10_000
        while sink.writeBatch("kept\n") == 1 { usleep(50_000) }
        sink.tellLosses(0)
        let lines = folder.lines("test.log")
        #expect(lines.first == "kept")
        #expect(lines.last?.contains("log_lines_dropped") == true)
    }

    @Test func `files have the permissions asked for`() {
        _ = FileSink.forTest(folder.path) { $0.mode = 0o604 }
        var status = stat()
        #expect(stat(folder.path + "/test.log", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o604)
    }
}
