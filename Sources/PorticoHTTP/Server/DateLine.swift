// The `Date` line of an event loop, formatted once a second at most.
import Glibc
import PorticoCore

final class DateLine {
    static let length = 6 + HTTPDate.length + 2
    // SAFETY: belongs to this object alone, freed in deinit; written and read on one event loop.
    private let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: DateLine.length)
    /// The second that is written, since 1970.
    private(set) var second = -1

    init() {
        let frame: StaticString = "Date: "
        for index in 0..<6 { memory[index] = frame.utf8Start[index] }
        memory[Self.length - 2] = 0x0D
        memory[Self.length - 1] = 0x0A
        refresh()
    }

    deinit { memory.deallocate() }

    func refresh() {
        let now = time(nil)
        guard now != second else { return }
        second = now
        HTTPDate.write(now, to: memory + 6)
    }

    /// `Date: ... CRLF`.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: Self.length) }

    var value: String {
        String(decoding: UnsafeBufferPointer(start: memory + 6, count: HTTPDate.length), as: UTF8.self)
    }
}
