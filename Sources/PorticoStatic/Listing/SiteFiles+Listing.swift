// Opens folders for listings under the same guard as files: no way out of the root.
import Glibc
import PorticoConfig
import SwiftOverlayShims

/// A folder of the site, open for reading, and the root it was held against.
struct SiteFolder {
    let descriptor: CInt
    let base: CInt

    /// The folder's own descriptor is closed with the stream that reads it.
    func closeBase() { Glibc.close(base) }
}

extension SiteFiles {
    /// Nil where there is no such folder, or it cannot or may not be read.
    func openFolder(relative: String) -> SiteFolder? {
        let base = Glibc.open(root, Self.pathOnly | O_DIRECTORY | O_CLOEXEC)
        guard base >= 0 else { return nil }
        guard let descriptor = openFolder(relative: relative, base: base) else {
            close(base)
            return nil
        }
        return SiteFolder(descriptor: descriptor, base: base)
    }

    private func openFolder(relative: String, base: CInt) -> CInt? {
        let place = openat(base, relative.isEmpty ? "." : relative, Self.pathOnly | O_CLOEXEC)
        guard place >= 0 else { return nil }
        defer { close(place) }
        guard isAllowed(place, relative: relative, base: base) else { return nil }
        let descriptor = Glibc.open("/proc/self/fd/\(place)", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        return descriptor >= 0 ? descriptor : nil
    }

    /// What a link in an open folder leads to; nil where the policy does not follow it. `name` ends with a zero.
    func statusOfLink(_ name: [CChar], in folder: SiteFolder, relative: String) -> stat? {
        guard symlinks != .never else { return nil }
        let place = openat(folder.descriptor, name, Self.pathOnly | O_CLOEXEC)
        guard place >= 0 else { return nil }
        defer { close(place) }
        var status = stat()
        guard fstat(place, &status) == 0, isAllowed(place, relative: relative, base: folder.base) else { return nil }
        return status
    }
}
