// File sinks as tests need them: small files, fixed names, a disk with a switch.
import Glibc
import PorticoCore

@testable import PorticoLog

extension FileSink {
    /// `test.log` in `directory`, opened.
    static func forTest(
        _ directory: String, pattern: String = "test.log", mostBytes: Int = 8 << 20, mostRotated: Int = 10,
        archive: LogArchive? = nil, complaints: Complaints = Complaints(), disk: FullDisk? = nil,
        clock: WallHand? = nil,
        _ adjust: (inout Limits) -> Void = { _ in }
    ) -> FileSink {
        var limits = Limits(mostBytes: mostBytes, mostRotated: mostRotated, pauseAfterFault: .zero)
        adjust(&limits)
        let sink = FileSink(
            directory: directory,
            name: LogFileName(pattern: pattern, name: "test", host: "box", processID: getpid()),
            limits: limits, archive: archive,
            complaint: FaultReport { complaints.texts.append($0) },
            measure: disk.map { disk in { _ in disk.room } } ?? DiskSpace.free,
            unixSeconds: clock.map { clock in { clock.seconds } } ?? { WallClock.unixNanoseconds() / 1_000_000_000 },
            systemWrite: disk.map { disk in { disk.write($0, $1, $2) } } ?? { Glibc.write($0, $1, $2) })
        _ = sink.open()
        return sink
    }

    /// A batch of its own, as the writer makes them.
    func writeBatch(_ text: String) -> Int {
        begin()
        defer { end() }
        return write(text)
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

/// A wall clock that a test sets.
final class WallHand {
    var seconds: Int64

    init(_ seconds: Int64) { self.seconds = seconds }
}
