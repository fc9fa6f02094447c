// Warnings about sites: directories and files that are not there, and a site that an earlier one hides.

struct SiteLints {
    let sites: [SiteSettings]
    let surroundings: Surroundings

    func run(_ reading: inout Reading) {
        for (index, site) in sites.enumerated() {
            let path = reading.sitePath(index, of: sites.count)
            lintDirectory(site, path, &reading)
            lintErrorPages(site, path, &reading)
            lintWorldWritable(site, path, &reading)
            lintHidden(index, path, &reading)
        }
    }

    private func lintDirectory(_ site: SiteSettings, _ path: String, _ reading: inout Reading) {
        let directory = reading.accepted["\(path).directory"]
        guard let facts = surroundings.inspect(site.directory) else {
            return reading.warn(
                "there is no directory \(site.directory); its files answer 404 until it exists", at: directory)
        }
        guard facts.kind == .directory else {
            return reading.warn("\(site.directory) is not a directory; its files answer 404", at: directory)
        }
        let fallback = FilePathText.absolute(site.fallback, from: site.directory)
        guard !site.fallback.isEmpty, surroundings.inspect(fallback)?.kind != .file else { return }
        // A site without the default fallback is a plain site; only a fallback that was asked for is missed.
        guard let node = reading.accepted["\(path).fallback"] else { return }
        reading.warn("the fallback \(fallback) does not exist", at: node)
    }

    private func lintErrorPages(_ site: SiteSettings, _ path: String, _ reading: inout Reading) {
        // The default is taken where it exists.
        guard let node = reading.accepted["\(path).error_pages"] else { return }
        for rule in site.errorPages {
            let file = FilePathText.absolute(rule.file, from: site.directory)
            guard surroundings.inspect(file)?.kind != .file else { continue }
            reading.warn(
                "the error page \(file) does not exist; the built-in page answers", at: node.entries[rule.name] ?? node)
        }
    }

    private func lintWorldWritable(_ site: SiteSettings, _ path: String, _ reading: inout Reading) {
        guard surroundings.isWorldWritableFolder(site.directory) else { return }
        reading.warn(
            "the directory \(site.directory) is writable for everyone", at: reading.accepted["\(path).directory"])
    }

    private func lintHidden(_ index: Int, _ path: String, _ reading: inout Reading) {
        guard let hider = sites[..<index].firstIndex(where: { $0.hides(sites[index]) }) else { return }
        let node = Self.place(path, reading)
        let line = Self.place("static[\(hider)]", reading)?.key.map { " in line \($0.line)" } ?? ""
        reading.warn(
            "this site is never reached: the [[static]]\(line) takes its requests; put what is narrower first", at: node
        )
    }

    /// The key that a warning about a whole site points at.
    private static func place(_ path: String, _ reading: Reading) -> ConfigNode? {
        reading.accepted["\(path).path"] ?? reading.accepted["\(path).host"] ?? reading.accepted["\(path).directory"]
    }
}

extension SiteSettings {
    /// Whether every request the other site would answer is answered by this one.
    fileprivate func hides(_ other: SiteSettings) -> Bool {
        let isEveryPath = paths.isEmpty || paths.contains(.any)
        let covers = { (path: PathPattern) in paths.contains { $0.covers(path) } }
        return (isEveryPath || (!other.paths.isEmpty && other.paths.allSatisfy(covers)))
            && HostCover.list(hosts, coversAll: other.hosts)
    }
}

extension Reading {
    /// How the origins name a site: `static`, or `static[1]` where the file has several.
    func sitePath(_ index: Int, of count: Int) -> String { count == 1 ? "static" : "static[\(index)]" }
}

extension Surroundings {
    func isWorldWritableFolder(_ path: String) -> Bool {
        guard let facts = inspect(path) else { return false }
        return facts.kind == .directory && facts.isWorldWritable
    }
}

/// Whether host patterns take what others take. An empty list takes any host.
enum HostCover {
    static func list(_ hosts: [String], coversAll others: [String]) -> Bool {
        hosts.isEmpty || (!others.isEmpty && others.allSatisfy { list(hosts, covers: $0) })
    }

    static func list(_ hosts: [String], covers host: String) -> Bool {
        hosts.contains { pattern in
            if pattern == host { return true }
            guard pattern.hasPrefix("*."), !host.hasPrefix("[") else { return false }
            return host.hasSuffix(pattern.dropFirst())
        }
    }
}
