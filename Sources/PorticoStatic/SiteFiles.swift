// Opens what a `SitePath` names, and nothing else: no way out of the root, no devices, no pipes. Blocks; runs on the
// thread pool.
import Glibc
package import PorticoConfig
import PorticoCore
package import PorticoHTTP
import SwiftOverlayShims

/// What tells one state of a file from another.
package struct FileStamp: Equatable, Sendable {
    let device: UInt
    let inode: UInt
    let size: Int
    let modifiedSeconds: Int
    let modifiedNanoseconds: Int
    let changedSeconds: Int
    let changedNanoseconds: Int

    init(_ status: stat) {
        device = UInt(status.st_dev)
        inode = UInt(status.st_ino)
        size = Int(status.st_size)
        modifiedSeconds = status.st_mtim.tv_sec
        modifiedNanoseconds = status.st_mtim.tv_nsec
        changedSeconds = status.st_ctim.tv_sec
        changedNanoseconds = status.st_ctim.tv_nsec
    }

    /// By the time of the last change of the contents. `brotli` and its like give a file the time of the one they read, cut
    /// to the second: that is no older.
    func isOlder(than other: FileStamp) -> Bool {
        if modifiedSeconds == other.modifiedSeconds, modifiedNanoseconds == 0 { return false }
        return (modifiedSeconds, modifiedNanoseconds) < (other.modifiedSeconds, other.modifiedNanoseconds)
    }

    init?(descriptor: CInt) {
        var status = Glibc.stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Of the same file, by its length and the time of its last change: a file that was replaced still has its contents.
    func hasContents(of other: FileStamp) -> Bool {
        size == other.size && modifiedSeconds == other.modifiedSeconds
            && modifiedNanoseconds == other.modifiedNanoseconds
    }

    /// Nil where there is nothing, or nothing that can be looked at.
    init?(path: String) {
        var status = Glibc.stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }
}

package struct SiteFile: Sendable {
    package let file: OpenFile
    let path: String
    let stamp: FileStamp
}

package enum SiteLookup: Sendable {
    case file(SiteFile)
    /// The request means a file or a directory whose address is spelt otherwise.
    case elsewhere(CanonicalAddress)
    /// A directory without an index file, to be listed.
    case listing
    case missing
    /// A file was asked for as if it were a directory: missing, and no page of the application.
    case noDirectory
    case forbidden
    /// No descriptor is free: the answer is 503.
    case exhausted
}

package struct SiteFiles: Sendable {
    let root: String
    /// Linux's O_PATH, which the C library's module does not export.
    static let pathOnly: CInt = 0o10_000_000
    let symlinks: SymlinkPolicy
    let index: [String]
    private let cleanURLs: Bool
    private let lists: Bool

    package init(_ settings: SiteSettings) {
        root = settings.directory
        symlinks = settings.followSymlinks
        index = settings.index
        cleanURLs = settings.cleanURLs
        lists = settings.listing
    }

    /// The file that a path names; for a directory its index.
    package func open(_ path: SitePath) -> SiteLookup { cleanURLs ? openClean(path) : openExact(path) }

    func openExact(_ path: SitePath) -> SiteLookup {
        let found = open(relative: path.relative, mayBeDirectory: true)
        guard case .elsewhere = found else {
            // A file is not a directory: `/page.html/` names nothing.
            if case .file = found, path.endsInSlash { return .noDirectory }
            return found
        }
        guard path.endsInSlash else { return found }
        for name in index {
            let inner = open(relative: path.relative.isEmpty ? name : path.relative + "/" + name)
            if case .missing = inner { continue }
            return inner
        }
        return lists ? .listing : .missing
    }

    /// A file by its path below the root.
    func open(relative: String, mayBeDirectory: Bool = false) -> SiteLookup {
        // One root for the whole look-up: deploys swap the link that it may be.
        let base = Glibc.open(root, Self.pathOnly | O_DIRECTORY | O_CLOEXEC)
        guard base >= 0 else { return errno == ENOTDIR ? .missing : Self.outcome(errno) }
        defer { close(base) }
        // O_PATH has no side effects: a pipe does not block, a device does not start.
        let place = openat(base, relative.isEmpty ? "." : relative, Self.pathOnly | O_CLOEXEC)
        guard place >= 0 else { return Self.outcome(errno) }
        defer { close(place) }
        var status = Glibc.stat()
        guard fstat(place, &status) == 0 else { return .missing }
        guard isAllowed(place, relative: relative, base: base) else { return .missing }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return mayBeDirectory ? .elsewhere(.withSlash) : .missing
        case S_IFREG: break
        default: return .missing
        }
        // The very file that was looked at, whatever the path names by now.
        let descriptor = Glibc.open("/proc/self/fd/\(place)", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return Self.outcome(errno) }
        let path = relative.isEmpty ? root : root + "/" + relative
        return .file(SiteFile(file: OpenFile(descriptor: descriptor), path: path, stamp: FileStamp(status)))
    }

    /// Holds where the kernel says the open file lies against the root: immune to links swapped in the meantime.
    func isAllowed(_ descriptor: CInt, relative: String, base: CInt) -> Bool {
        if symlinks == .always { return true }
        guard let root = linkTarget("/proc/self/fd/\(base)"), var real = linkTarget("/proc/self/fd/\(descriptor)")
        else { return false }
        // A deploy replaced the file after it was opened: this is still the name it had.
        if real.hasSuffix(Self.deletedMark), isUnlinked(descriptor) { real.removeLast(Self.deletedMark.count) }
        // By byte: paths that Unicode takes for the same name different files.
        if symlinks == .never { return real.utf8.elementsEqual((relative.isEmpty ? root : join(root, relative)).utf8) }
        return real.utf8.elementsEqual(root.utf8) || real.utf8.starts(with: (root == "/" ? root : root + "/").utf8)
    }

    private static let deletedMark = " (deleted)"

    private func isUnlinked(_ descriptor: CInt) -> Bool {
        var status = Glibc.stat()
        return fstat(descriptor, &status) == 0 && status.st_nlink == 0
    }

    private func join(_ root: String, _ relative: String) -> String {
        root == "/" ? root + relative : root + "/" + relative
    }

    private static func outcome(_ code: CInt) -> SiteLookup {
        switch code {
        case EACCES, EPERM: .forbidden
        case ENOTDIR: .noDirectory
        case EMFILE, ENFILE, ENOMEM: .exhausted
        default: .missing
        }
    }

    private func linkTarget(_ path: String) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
            let count = readlink(path, buffer.baseAddress!, buffer.count)
            guard count > 0, count < buffer.count else { return nil }
            return String(validating: buffer[..<count].lazy.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }
}
