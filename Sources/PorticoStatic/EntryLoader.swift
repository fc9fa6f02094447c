// Makes entries from files: reads, types, tags. Coded forms are VariantLoader's part. Blocks; runs on the thread pool.
import PorticoCompression
import PorticoConfig
import PorticoCore
import PorticoHTTP

struct EntryLoader: Sendable {
    private let files: SiteFiles
    private let settings: SiteSettings
    private let maker: RepresentationMaker
    private let watch: SiteWatch
    private let counters: SiteCounters

    init(_ settings: SiteSettings, watch: SiteWatch, counters: SiteCounters) {
        files = SiteFiles(settings)
        self.settings = settings
        maker = RepresentationMaker(settings)
        self.watch = watch
        self.counters = counters
    }

    enum Outcome: Sendable {
        case entry(StaticEntry)
        case elsewhere(CanonicalAddress)
        case listing, missing, noDirectory, forbidden, exhausted
    }

    func load(_ path: SitePath, key: [UInt8]) -> Outcome { outcome(files.open(path), key) }

    func load(relative: String, key: [UInt8]) -> Outcome { outcome(files.open(relative: relative), key) }

    private func outcome(_ found: SiteLookup, _ key: [UInt8]) -> Outcome {
        switch found {
        case .file(let file): .entry(entry(of: file, key))
        case .elsewhere(let address): .elsewhere(address)
        case .listing: .listing
        case .missing: .missing
        case .noDirectory: .noDirectory
        case .forbidden: .forbidden
        case .exhausted: .exhausted
        }
    }

    private func entry(of file: SiteFile, _ key: [UInt8]) -> StaticEntry {
        counters.countRead()
        // Before anything is read: what changes from here on is reported.
        let (watched, neighbours) = surroundings(of: file, key)
        let fields = maker.rules(of: file.path)
        let isNegotiable =
            file.stamp.size > 0 && fields.mayBeCoded && !Self.isCoded(file.path)
            && (settings.precompressed
                || settings.compression.enabled && file.stamp.size >= settings.compression.minSize.bytes)
            && MediaTypes.list(settings.compression.types, covers: fields.type)
        let identity = maker.representation(
            of: file.file, file.stamp, path: file.path, coding: nil, varies: isNegotiable)
        return StaticEntry(
            key: key, path: file.path, stamp: file.stamp, identity: identity, isNegotiable: isNegotiable,
            neighbours: neighbours, watched: watched)
    }

    /// The watch of an opened file, or else the files besides it that have to be asked about.
    private func surroundings(of file: SiteFile, _ key: [UInt8]) -> (WatchedFile?, [StaticEntry.Neighbour]) {
        let name = relative(file.path)
        let rivals = rivals(of: name, key)
        let neighbours = rivals.map { StaticEntry.Neighbour(settings.directory + "/" + $0) }
        guard let watched = watch.watch(name, descriptor: file.file.descriptor, key: key, rivals: rivals),
            FileStamp(path: file.path) == file.stamp, neighbours.allSatisfy({ $0.stamp == nil })
        else { return (nil, neighbours) }
        return (watched, [])
    }

    /// The names, relative to the root, that would answer in this file's place: index files that come before it, or a
    /// file that has the very name that was asked for.
    private func rivals(of name: String, _ key: [UInt8]) -> [String] {
        let asked = String(decoding: key.dropFirst(), as: UTF8.self)
        guard asked.isEmpty || key.last == 0x2F else { return asked == name ? [] : [asked] }
        return settings.index.prefix { asked + $0 != name }.map { asked + $0 }
    }

    private func relative(_ path: String) -> String {
        String(decoding: path.utf8.dropFirst(settings.directory.utf8.count + 1), as: UTF8.self)
    }

    /// A file in a coding has its plain form elsewhere: nothing is compressed twice.
    private static func isCoded(_ path: String) -> Bool {
        ContentCoding.allCases.contains {
            path.utf8.suffix($0.sidecarSuffix.utf8.count).elementsEqual($0.sidecarSuffix.utf8)
        }
    }
}
