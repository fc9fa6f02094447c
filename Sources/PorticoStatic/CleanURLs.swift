// `clean_urls`: pages are asked for without `.html`, and each has one address; every other spelling leads there. Blocks;
// runs on the thread pool.

/// How a path differs from the address of the page it means.
package enum CanonicalAddress: Sendable {
    /// A directory without its slash.
    case withSlash
    /// `/about/`, where there is an `about.html`.
    case withoutSlash
    /// `/about.html`.
    case withoutExtension
    /// `/docs/index.html`.
    case withoutIndex
}

extension SiteFiles {
    private static let pageExtension = ".html"

    /// A file by its own name, then as a page, then a directory.
    func openClean(_ path: SitePath) -> SiteLookup {
        if path.endsInSlash || path.relative.isEmpty { return openCleanDirectory(path) }
        let found = open(relative: path.relative, mayBeDirectory: true)
        switch found {
        case .file: return canonical(path.relative).map { .elsewhere($0) } ?? found
        case .missing, .elsewhere:
            let page = open(relative: path.relative + Self.pageExtension)
            if case .missing = page { return found }
            return page
        case .listing, .noDirectory, .forbidden, .exhausted: return found
        }
    }

    private func openCleanDirectory(_ path: SitePath) -> SiteLookup {
        let found = openExact(path)
        guard case .missing = found, !path.relative.isEmpty, isFile(path.relative + Self.pageExtension) else {
            return found
        }
        return .elsewhere(.withoutSlash)
    }

    /// Another address of a file that exists, where it has one.
    private func canonical(_ relative: String) -> CanonicalAddress? {
        let (folder, name) = Self.split(relative)
        if index.contains(name), index.first(where: { isFile(folder + $0) }) == name { return .withoutIndex }
        guard name.hasSuffix(Self.pageExtension), name.utf8.count > Self.pageExtension.utf8.count else { return nil }
        // Where a file has that very name, `/about` is that file.
        return isFile(String(relative.dropLast(Self.pageExtension.count))) ? nil : .withoutExtension
    }

    private func isFile(_ relative: String) -> Bool {
        if case .file = open(relative: relative) { true } else { false }
    }

    /// The folder, empty or with its slash, and the name.
    private static func split(_ relative: String) -> (folder: String, name: String) {
        guard let slash = relative.lastIndex(of: "/") else { return ("", relative) }
        let start = relative.index(after: slash)
        return (String(relative[..<start]), String(relative[start...]))
    }
}
