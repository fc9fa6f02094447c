// A disk that is really full: a tmpfs of 64 KiB, where this machine lets the tests mount one.
import Glibc
import Testing

@testable import PorticoLog

private let mayMount: Bool = {
    let folder = ScratchFolder()
    guard mount("tmpfs", folder.path, "tmpfs", 0, "size=16k") == 0 else { return false }
    umount2(folder.path, Int32(MNT_DETACH))
    return true
}()

@Suite struct SmallDiskTests {
    @Test(.enabled(if: mayMount, "mounting a tmpfs needs privileges"))
    func `a full disk leaves whole lines and recovers`() throws {
        let folder = ScratchFolder()
        try #require(mount("tmpfs", folder.path, "tmpfs", 0, "size=64k") == 0)
        defer { umount2(folder.path, Int32(MNT_DETACH)) }
        folder.put("ballast", String(repeating: "b", count: 20_000))
        let sink = FileSink.forTest(folder.path, mostBytes: 1 << 20)
        let line = String(repeating: "0123456789", count: 30) + "\n"
        var written = 0
        var lost = 0
        for _ in 0..<10 {
            let dropped = sink.write(String(repeating: line, count: 40))
            written += 40 - dropped
            lost += dropped
        }
        #expect(lost > 0)
        #expect(folder.read("test.log").count == written * line.utf8.count)

        unlink(folder.path + "/ballast")
        sink.tellLosses(0)
        #expect(sink.write(line) == 0)
        let lines = folder.lines("test.log")
        #expect(lines.count == written + 2)
        #expect(lines[written].hasSuffix("\"count\":\(lost)}"))
        sink.close()
    }
}
