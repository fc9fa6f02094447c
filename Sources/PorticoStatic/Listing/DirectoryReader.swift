// Reads a directory of the site for its listing: what may be served and nothing else, within a bound. Blocks; runs on the
// thread pool.
import Glibc
import PorticoConfig
import SwiftOverlayShims

struct ListedEntry: Sendable, Equatable {
    /// As the disk has it: not always UTF-8.
    var name: [UInt8]
    var isFolder: Bool
    var size: Int
    /// Unix seconds.
    var modified: Int
}

struct ListedFolder: Sendable {
    var entries: [ListedEntry]
    /// There is more than is shown.
    var isCut: Bool
}

struct DirectoryReader: Sendable {
    private let files: SiteFiles
    private let showsHidden: Bool

    /// Further entries are left out, and the page says so.
    static let mostEntries = 5000
    /// Names looked at, shown or not.
    private static let mostNames = 50_000

    init(_ settings: SiteSettings) {
        files = SiteFiles(settings)
        showsHidden = settings.hiddenFiles
    }

    /// Nil where the folder cannot be read.
    func read(_ relative: String) -> ListedFolder? {
        guard let opened = files.openFolder(relative: relative) else { return nil }
        defer { opened.closeBase() }
        guard let stream = fdopendir(opened.descriptor) else {
            close(opened.descriptor)
            return nil
        }
        defer { closedir(stream) }
        var folder = ListedFolder(entries: [], isCut: false)
        var names = 0
        while let found = readdir(stream) {
            names += 1
            guard folder.entries.count < Self.mostEntries, names < Self.mostNames else {
                folder.isCut = true
                break
            }
            let name = Self.name(of: found)
            guard name != [0x2E], name != [0x2E, 0x2E], showsHidden || name.first != 0x2E else { continue }
            if let entry = entry(name, in: opened, relative) { folder.entries.append(entry) }
        }
        return folder
    }

    private static func name(of entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
        // SAFETY: the name ends with a zero within the entry's own record; the record may be shorter than the type.
        let start = UnsafeRawPointer(entry) + MemoryLayout<dirent>.offset(of: \.d_name)!
        return Array(UnsafeRawBufferPointer(start: start, count: strlen(start.assumingMemoryBound(to: CChar.self))))
    }

    /// Nil for what would not be served: pipes, devices, links that the policy does not follow.
    private func entry(_ name: [UInt8], in folder: SiteFolder, _ relative: String) -> ListedEntry? {
        var status = stat()
        let path = (name + [0]).map { CChar(bitPattern: $0) }
        guard fstatat(folder.descriptor, path, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        if status.st_mode & S_IFMT == S_IFLNK {
            guard let target = files.statusOfLink(path, in: folder, relative: relative) else { return nil }
            status = target
        }
        let kind = status.st_mode & S_IFMT
        guard kind == S_IFREG || kind == S_IFDIR else { return nil }
        return ListedEntry(
            name: name, isFolder: kind == S_IFDIR, size: kind == S_IFDIR ? 0 : Int(status.st_size),
            modified: status.st_mtim.tv_sec)
    }
}
