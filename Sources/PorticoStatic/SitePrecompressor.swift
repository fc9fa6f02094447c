// Writes `file.br`, `file.zst` and `file.gz` beside the files of a site, for `portico precompress`. Blocks, on all cores;
// removes and overwrites nothing but sidecars that are out of date.
import Glibc
import PorticoCompression
package import PorticoConfig
package import PorticoCore
import SwiftOverlayShims
import Synchronization

package struct SitePrecompressor: Sendable {
    package enum Failure: Error, Equatable {
        case noFolder(String)
        case unreadableFolder(String, code: CInt)
    }

    package struct Progress: Sendable {
        package let done: Int
        package let total: Int
        /// Relative to the folder.
        package let name: String
    }

    package struct Summary: Sendable, Equatable {
        /// Files whose type and size are worth it.
        package var files = 0
        package var written = 0
        /// Sidecars that were there and not older than their file.
        package var fresh = 0
        /// Sidecars that would not have been smaller.
        package var useless = 0
        /// Of the sidecars written now.
        package var plainBytes = 0
        package var codedBytes = 0
        /// Files that could not be read or written, and why.
        package var failures: [String] = []

        fileprivate mutating func add(_ other: Summary) {
            files += other.files
            written += other.written
            fresh += other.fresh
            useless += other.useless
            plainBytes += other.plainBytes
            codedBytes += other.codedBytes
            failures += other.failures
        }
    }

    private let folder: String
    private let compression: SiteCompression
    private let encodings: [ContentCoding]
    private let rules: FileRules
    private let hiddenFiles: Bool
    private let isForced: Bool

    /// Larger files are left alone: they would have to be held in memory.
    package static let sizeLimit = 64 << 20

    package init(_ site: SiteSettings, encodings: [ContentCoding], force: Bool) {
        folder = site.directory
        compression = site.compression
        rules = FileRules(site)
        hiddenFiles = site.hiddenFiles
        self.encodings = encodings
        isForced = force
    }

    /// `tell` is called on any thread, one call at a time, after each file.
    package func run(threads: Int, tell: @escaping @Sendable (Progress) -> Void) throws(Failure) -> Summary {
        let names = try candidates()
        let next = Atomic(0)
        let total = Mutex((summary: Summary(), done: 0))
        let gate = ThreadGate()
        let work: @Sendable () -> Void = {
            while case let index = next.add(1, ordering: .relaxed).oldValue, index < names.count {
                let made = sidecars(of: names[index])
                total.withLock { total in
                    total.summary.add(made)
                    total.done += 1
                    tell(Progress(done: total.done, total: names.count, name: names[index]))
                }
            }
        }
        for _ in 1..<max(1, min(threads, names.count)) {
            gate.enter()
            let thread = SystemThread {
                SystemThread.yieldToOthers()
                work()
                gate.leave()
            }
            if let thread { thread.abandon() } else { gate.leave() }
        }
        work()
        gate.wait()
        return total.withLock { $0.summary }
    }

    // MARK: One file

    private func sidecars(of name: String) -> Summary {
        var summary = Summary()
        summary.files = 1
        let path = folder + "/" + name
        guard let stamp = FileStamp(path: path) else { return summary }
        let due = encodings.filter { coding in
            guard !isForced, let sidecar = FileStamp(path: path + coding.sidecarSuffix), !sidecar.isOlder(than: stamp)
            else { return true }
            summary.fresh += 1
            return false
        }
        guard !due.isEmpty else { return summary }
        guard let source = SidecarSource(path, limit: Self.sizeLimit) else {
            summary.failures.append("\(name): \(Self.reason(errno))")
            return summary
        }
        for coding in due {
            guard
                let coded = source.bytes.withUnsafeBytes({
                    Compressor.compressWhole($0, coding: coding, level: .best)
                })
            else {
                summary.useless += 1
                continue
            }
            guard source.write(coded, to: path + coding.sidecarSuffix) else {
                summary.failures.append("\(name)\(coding.sidecarSuffix): \(Self.reason(errno))")
                continue
            }
            summary.written += 1
            summary.plainBytes += source.bytes.count
            summary.codedBytes += coded.count
        }
        return summary
    }

    private static func reason(_ code: CInt) -> String { String(cString: strerror(code)) }

    // MARK: The folder

    /// The files worth compressing, relative to the folder, in order. Links to files are followed by what serves them;
    /// here they are left alone, as are links to folders: each file is compressed where it lies.
    private func candidates() throws(Failure) -> [String] {
        var status = stat()
        guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { throw .noFolder(folder) }
        var names: [String] = []
        var open = [""]
        while let inner = open.popLast() {
            guard let listing = opendir(inner.isEmpty ? folder : folder + "/" + inner) else {
                if inner.isEmpty { throw .unreadableFolder(folder, code: errno) }
                continue
            }
            defer { closedir(listing) }
            while let found = readdir(listing) {
                let name = withUnsafePointer(to: &found.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                guard name != ".", name != "..", hiddenFiles || name.utf8.first != 0x2E || name == ".well-known" else {
                    continue
                }
                let relative = inner.isEmpty ? name : inner + "/" + name
                var status = stat()
                guard lstat(folder + "/" + relative, &status) == 0 else { continue }
                if status.st_mode & S_IFMT == S_IFDIR { open.append(relative) }
                if status.st_mode & S_IFMT == S_IFREG, isWorthIt(relative, Int(status.st_size)) {
                    names.append(relative)
                }
            }
        }
        return names.sorted()
    }

    private func isCodable(_ name: String) -> Bool {
        let fields = rules.fields(of: "/" + name)
        return fields.mayBeCoded && MediaTypes.list(compression.types, covers: fields.type)
    }

    private func isWorthIt(_ name: String, _ size: Int) -> Bool {
        size >= max(compression.minSize.bytes, 1) && size <= Self.sizeLimit
            && !ContentCoding.allCases.contains { name.hasSuffix($0.sidecarSuffix) }
            && isCodable(name)
    }
}

/// Waits until all who entered have left.
private final class ThreadGate: Sendable {
    // SAFETY: initialised once, used through the C library alone, destroyed with the gate.
    private struct Semaphore: @unchecked Sendable {
        let raw = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    }

    private let left = Semaphore()
    private let count = Atomic(0)

    init() { sem_init(left.raw, 0, 0) }

    deinit {
        sem_destroy(left.raw)
        left.raw.deallocate()
    }

    func enter() { count.add(1, ordering: .relaxed) }

    func leave() { sem_post(left.raw) }

    func wait() {
        for _ in 0..<count.load(ordering: .relaxed) { while sem_wait(left.raw) != 0 {} }
    }
}
