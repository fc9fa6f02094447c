// Reading the log back: whole lines once and in order, whatever happens to the files meanwhile.
import Glibc
import PorticoCompression
import Testing

@testable import PorticoLog

@Suite struct LogFollowerTests {
    let folder = ScratchFolder()

    private func files(_ pattern: String) -> RotatedFiles {
        RotatedFiles(
            directory: folder.path, name: LogFileName(pattern: pattern, name: "x", host: "box", processID: 0))
    }

    /// What the next look brings.
    private func next(_ follower: LogFollower) -> [String] {
        var lines: [String] = []
        follower.poll { lines.append(String(decoding: $0, as: UTF8.self)) }
        return lines
    }

    private func move(_ old: String, _ new: String) {
        #expect(rename(folder.path + "/" + old, folder.path + "/" + new) == 0)
    }

    private func add(_ name: String, _ text: String) {
        guard let file = fopen(folder.path + "/" + name, "a") else { return }
        fputs(text, file)
        fclose(file)
    }

    private func compress(_ name: String) {
        let path = folder.path + "/" + name
        #expect(GzipFile.write(path, to: path + ".gz"))
        unlink(path)
    }

    @Test func `a file that is rotated is read to its end, then those after it`() {
        add("a.log", "1\n2\n")
        let follower = LogFollower(files("a.log"))
        #expect(next(follower) == ["1", "2"])
        #expect(next(follower) == [])
        add("a.log", "3\n")
        move("a.log", "a.1.log")
        add("a.log", "4\n")
        move("a.log", "a.2.log")
        compress("a.2.log")
        add("a.log", "5\n")
        #expect(next(follower) == ["3", "4", "5"])
        add("a.log", "6\n")
        #expect(next(follower) == ["6"])
    }

    @Test func `a file that was compressed between two looks is not read twice`() {
        add("a.1.log", "0\n")
        add("a.log", "1\n")
        let follower = LogFollower(files("a.log"))
        #expect(follower.older == ["a.1.log"])
        #expect(next(follower) == ["1"])
        move("a.log", "a.2.log")
        compress("a.2.log")
        add("a.log", "2\n")
        #expect(next(follower) == ["2"])
    }

    @Test func `a new day has a new file`() {
        add("a-2026-01-01.log", "1\n")
        let follower = LogFollower(files("a-{date}.log"))
        #expect(next(follower) == ["1"])
        add("a-2026-01-01.log", "2\n")
        add("a-2026-01-02.log", "3\n")
        add("a-2026-01-03.log", "4\n")
        #expect(next(follower) == ["2", "3", "4"])
        compress("a-2026-01-01.log")
        compress("a-2026-01-02.log")
        #expect(next(follower) == [])
    }

    @Test func `a day's file that was compressed at once is not read twice`() {
        add("a-2026-01-01.log", "1\n")
        let follower = LogFollower(files("a-{date}.log"))
        #expect(next(follower) == ["1"])
        compress("a-2026-01-01.log")
        add("a-2026-01-02.log", "2\n")
        #expect(next(follower) == ["2"])
    }

    @Test func `half a line waits for its other half`() {
        add("a.log", "1\nha")
        let follower = LogFollower(files("a.log"))
        #expect(next(follower) == ["1"])
        add("a.log", "lf\n2")
        #expect(next(follower) == ["half"])
        add("a.log", "\n")
        #expect(next(follower) == ["2"])
    }

    @Test func `half a line that a restart cut off is forgotten`() {
        add("a.log", "1\nhalf of")
        let follower = LogFollower(files("a.log"))
        #expect(next(follower) == ["1"])
        #expect(truncate(folder.path + "/a.log", 2) == 0)
        #expect(next(follower) == [])
        add("a.log", "2\n")
        #expect(next(follower) == ["2"])
    }

    @Test func `a file that was emptied in place is read from its start`() {
        add("a.log", "1\n2\n3\n")
        let follower = LogFollower(files("a.log"))
        #expect(next(follower) == ["1", "2", "3"])
        #expect(truncate(folder.path + "/a.log", 0) == 0)
        add("a.log", "4\n")
        #expect(next(follower) == ["4"])
    }

    @Test func `a file that comes later is found`() {
        let follower = LogFollower(files("a.log"))
        #expect(next(follower) == [])
        add("a.log", "1\n")
        #expect(next(follower) == ["1"])
        unlink(folder.path + "/a.log")
        #expect(next(follower) == [])
        add("a.log", "2\n")
        #expect(next(follower) == ["2"])
    }

    @Test func `the order is that of writing, and a file in both forms is read once`() {
        for number in [1, 2, 3, 10] { add("a.\(number).log", "\(number)\n") }
        compress("a.1.log")
        let path = folder.path + "/a.2.log"
        #expect(GzipFile.write(path, to: path + ".gz"))
        add("a.log", "11\n")
        let follower = LogFollower(files("a.log"))
        var lines: [String] = []
        for name in follower.older {
            #expect(follower.read(name) { lines.append(String(decoding: $0, as: UTF8.self)) })
        }
        #expect(lines + next(follower) == ["1", "2", "3", "10", "11"])
    }

    @Test func `a damaged copy gives what is whole`() {
        add("a.1.log", String(repeating: "line\n", count: 50_000))
        compress("a.1.log")
        let path = folder.path + "/a.1.log.gz"
        #expect(truncate(path, off_t(folder.read("a.1.log.gz").count / 2)) == 0)
        let follower = LogFollower(files("a.log"))
        var lines = 0
        _ = follower.read("a.1.log.gz") {
            #expect($0.elementsEqual("line".utf8)); lines += 1
        }
        #expect(lines > 0 && lines < 50_000)
    }

    @Test func `a line without an end takes no memory`() {
        var splitter = LineSplitter()
        let block = [UInt8](repeating: 0x61, count: 64 << 10)
        block.withUnsafeBytes { bytes in
            for _ in 0..<64 {
                splitter.feed(bytes) { _ in Issue.record("no line") }
                #expect(splitter.pendingCount <= LineSplitter.longestLine + bytes.count)
            }
        }
        var lines: [String] = []
        Array("end\nnext\n".utf8).withUnsafeBytes { bytes in
            splitter.feed(bytes) { lines.append(String(decoding: $0, as: UTF8.self)) }
        }
        #expect(lines == ["next"] && splitter.skipped == 1)
    }
}
