// The folder that a site's path names at the moment, its links followed. Blocks, briefly.
import CLinux
import Glibc
import SwiftOverlayShims

struct WatchedRoot {
    let path: String
    private let resolved: String?
    private let device: UInt
    private let inode: UInt
    init(_ path: String) {
        self.path = path
        resolved = Self.resolve(path)
        (device, inode) = Self.identity(path)
    }

    /// False once the path names another folder.
    var isUnchanged: Bool { Self.identity(path) == (device, inode) }

    func path(of relative: String) -> String {
        guard let resolved, !relative.isEmpty else { return resolved ?? path }
        return resolved == "/" ? "/" + relative : resolved + "/" + relative
    }

    /// Whether an open file is the one that this relative path names without any link, has no other name, and lies where
    /// the system reports all changes.
    func contains(_ descriptor: CInt, as relative: String) -> Bool {
        var status = stat()
        guard resolved != nil, fstat(descriptor, &status) == 0, status.st_nlink == 1,
            Self.reportsChanges(descriptor)
        else { return false }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
            let count = readlink("/proc/self/fd/\(descriptor)", buffer.baseAddress!, buffer.count)
            guard count > 0, count < buffer.count else { return false }
            return buffer[..<count].lazy.map(UInt8.init(bitPattern:)).elementsEqual(path(of: relative).utf8)
        }
    }

    private static func identity(_ path: String) -> (UInt, UInt) {
        var status = stat()
        guard stat(path, &status) == 0 else { return (0, 0) }
        return (UInt(status.st_dev), UInt(status.st_ino))
    }

    private static func resolve(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Network and user-space file systems change without this machine's doing.
    private static func reportsChanges(_ descriptor: CInt) -> Bool {
        var system = statfs()
        guard fstatfs(descriptor, &system) == 0 else { return false }
        return localSystems.contains(UInt32(truncatingIfNeeded: system.f_type))
    }

    /// ext2 to ext4, XFS, Btrfs, tmpfs, ramfs, F2FS, ZFS, overlayfs, bcachefs, JFS, EROFS, squashfs, UBIFS.
    private static let localSystems: Set<UInt32> = [
        0xEF53, 0x5846_5342, 0x9123_683E, 0x0102_1994, 0x8584_58F6, 0xF2F5_2010, 0x2FC1_2FC1, 0x794C_7630,
        0xCA45_1A4E, 0x3153_464A, 0xE0F5_E1E2, 0x7371_7368, 0x2405_1905,
    ]
}
