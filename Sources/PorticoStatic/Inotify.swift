// Linux's reports of changes in folders, as values. Which folders, and what a change means, is SiteWatch's part.
import Glibc

/// One inotify descriptor, and a way to wake who waits on it.
// SAFETY: three descriptors, set once; the system serialises their use. They are closed in deinit.
final class Inotify: @unchecked Sendable {
    struct Event {
        let folder: CInt
        let mask: UInt32
        /// The name within the folder; empty where the report is about the folder itself.
        let name: String

        /// Something came, went or changed its rights: what lies below that name may be another.
        var isAboutNames: Bool { mask & UInt32(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB) != 0 }
        /// The folder is gone, elsewhere, or no longer reported on.
        var endsFolder: Bool { mask & UInt32(IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED) != 0 }
        /// Reports were lost.
        var isOverflow: Bool { mask & UInt32(IN_Q_OVERFLOW) != 0 }
    }

    private let descriptor: CInt
    private let wakeReader: CInt
    private let wakeWriter: CInt

    private static let mask = UInt32(
        IN_MODIFY | IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF
            | IN_ONLYDIR)

    /// Nil where the system gives no more of them.
    init?() {
        let opened = inotify_init1(O_NONBLOCK | O_CLOEXEC)
        guard opened >= 0 else { return nil }
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else {
            close(opened)
            return nil
        }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        descriptor = opened
        wakeReader = ends[0]
        wakeWriter = ends[1]
    }

    deinit {
        close(descriptor)
        close(wakeReader)
        close(wakeWriter)
    }

    /// The folder's number in events; nil where it cannot be watched: not there, or too many are.
    func add(_ folder: String) -> CInt? {
        let number = inotify_add_watch(descriptor, folder, Self.mask)
        return number >= 0 ? number : nil
    }

    func remove(_ folder: CInt) { inotify_rm_watch(descriptor, folder) }

    func wake() {
        var byte: UInt8 = 0
        _ = write(wakeWriter, &byte, 1)
    }

    /// Waits for events, a wake-up or the end of the time; below zero there is none.
    func wait(milliseconds: CInt) -> [Event] {
        var polled = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wakeReader, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&polled, 2, milliseconds) > 0 else { return [] }
        if polled[1].revents != 0 {
            var drained = [UInt8](repeating: 0, count: 64)
            while read(wakeReader, &drained, drained.count) > 0 {}
        }
        return polled[0].revents != 0 ? readEvents() : []
    }

    private func readEvents() -> [Event] {
        withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 8) { buffer in
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            var events: [Event] = []
            var offset = 0
            let headSize = MemoryLayout<inotify_event>.size
            // SAFETY: the system writes whole events: a head, then `len` bytes of name, padded with zeroes.
            while offset + headSize <= count {
                let head = buffer.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
                let end = min(offset + headSize + Int(head.len), count)
                let name = buffer[(offset + headSize)..<end].prefix { $0 != 0 }
                events.append(
                    Event(folder: head.wd, mask: head.mask, name: String(decoding: name, as: UTF8.self)))
                offset = end
            }
            return events
        }
    }
}
