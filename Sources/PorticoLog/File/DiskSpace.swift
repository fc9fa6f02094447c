// Whether the disk has room for more lines: asked once a second at most, so that a batch of lines costs no system call.
import Glibc
import PorticoCore

struct DiskSpace {
    /// Bytes that anybody may still write below a directory; nil where the system does not say. A test puts its own disk in
    /// its place.
    typealias Measure = (String) -> Int?

    private let directory: String
    private let leastFree: Int
    private let measure: Measure
    private var checkedAt = MonotonicTime(nanoseconds: .min)
    private(set) var isShort = false

    /// `leastFree` of 0 asks nothing.
    init(directory: String, leastFree: Int, measure: @escaping Measure = DiskSpace.free) {
        self.directory = directory
        self.leastFree = leastFree
        self.measure = measure
    }

    /// Looks again where the last look is a second old.
    mutating func check(_ now: MonotonicTime) {
        guard leastFree > 0, checkedAt.nanoseconds == .min || now - checkedAt >= .seconds(1) else { return }
        checkedAt = now
        isShort = measure(directory).map { $0 < leastFree } ?? false
    }

    static func free(_ directory: String) -> Int? {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { return nil }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }
}
