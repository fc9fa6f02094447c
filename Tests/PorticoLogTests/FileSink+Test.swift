// File sinks as tests need them: small files, fixed names, a disk with a switch.
import Glibc
import PorticoCore

@testable import PorticoLog

extension FileSink {
    /// `test.log` in `directory`, opened.
    static func forTest(
        _ directory: String, pattern: String = "test.log", mostBytes: Int = 8 << 20, mostRotated: Int = 10,
        complaints: Complaints = Complaints(), disk: FullDisk? = nil
    ) -> FileSink {
        let sink = FileSink(
            directory: directory,
            name: LogFileName(pattern: pattern, name: "test", host: "box", processID: getpid()),
            limits: Limits(mostBytes: mostBytes, mostRotated: mostRotated, pauseAfterFault: .zero),
            complaint: FaultReport { complaints.texts.append($0) },
            systemWrite: disk.map { disk in { disk.write($0, $1, $2) } } ?? { Glibc.write($0, $1, $2) })
        _ = sink.open()
        return sink
    }

    func write(_ text: String) -> Int {
        var text = text
        return text.withUTF8 { write(UnsafeRawBufferPointer($0)) }
    }
}

/// What would stand on standard error.
final class Complaints {
    var texts: [String] = []
}

/// Takes `room` bytes and then says that there is no space.
final class FullDisk {
    var room: Int

    init(room: Int) { self.room = room }

    func write(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
        guard room > 0 else {
            errno = ENOSPC
            return -1
        }
        let written = Glibc.write(descriptor, bytes, min(count, room))
        room -= max(written, 0)
        return written
    }
}
