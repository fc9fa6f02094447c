// Makes entries from files: reads, types, tags, compresses. Blocks; runs on the thread pool.
import Glibc
import NIOCore
import PorticoCompression
import PorticoConfig
import PorticoCore
import PorticoHTTP

struct EntryLoader: Sendable {
    private let files: SiteFiles
    private let settings: SiteSettings
    private let rules: FileRules
    private let watch: SiteWatch
    private let counters: SiteCounters

    /// Larger files are sent from disk by sendfile.
    static let memoryLimit = 64 << 10
    /// Larger files are not compressed on the fly: a sidecar is the way.
    static let compressionLimit = 4 << 20

    init(_ settings: SiteSettings, watch: SiteWatch, counters: SiteCounters) {
        files = SiteFiles(settings)
        self.settings = settings
        rules = FileRules(settings)
        self.watch = watch
        self.counters = counters
    }

    enum Outcome: Sendable {
        case entry(StaticEntry)
        case elsewhere(CanonicalAddress)
        case missing, noDirectory, forbidden, exhausted
    }

    func load(_ path: SitePath, key: [UInt8]) -> Outcome { outcome(files.open(path), key) }

    func load(relative: String, key: [UInt8]) -> Outcome { outcome(files.open(relative: relative), key) }

    private func outcome(_ found: SiteLookup, _ key: [UInt8]) -> Outcome {
        switch found {
        case .file(let file): .entry(entry(of: file, key))
        case .elsewhere(let address): .elsewhere(address)
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
        let fields = rules.fields(of: belowRoot(file.path))
        let isNegotiable =
            file.stamp.size > 0 && fields.mayBeCoded && !Self.isCoded(file.path)
            && (settings.precompressed
                || settings.compression.enabled && file.stamp.size >= settings.compression.minSize.bytes)
            && MediaTypes.list(settings.compression.types, covers: fields.type)
        let identity = representation(
            file.file, size: file.stamp.size, stamp: file.stamp, path: file.path, coding: nil, varies: isNegotiable)
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

    // MARK: Variants

    /// A coded form, with the state of its sidecar beforehand where that has to be asked about.
    struct Coded: Sendable {
        let variant: StaticEntry.Variant
        let sidecar: StaticEntry.Neighbour?
    }

    /// The coded form of an entry: its sidecar if that is not older than the file, else compressed here.
    func variant(of entry: StaticEntry, _ coding: ContentCoding) -> Coded {
        let isAsked = settings.precompressed && entry.watched == nil
        let before = isAsked ? StaticEntry.Neighbour(entry.path + coding.sidecarSuffix) : nil
        if settings.precompressed, let sidecar = sidecar(of: entry, coding) {
            return Coded(variant: .best(sidecar), sidecar: before)
        }
        return Coded(variant: encoded(entry, coding), sidecar: before)
    }

    /// Compressed while a client waits: at once where a better variant follows, else once and for all.
    private func encoded(_ entry: StaticEntry, _ coding: ContentCoding) -> StaticEntry.Variant {
        guard mayEncode(entry, coding), let plain = plainBytes(of: entry) else { return .none }
        counters.countEncoding()
        let isQuick = entry.stamp.size <= BestVariants.sizeLimit
        let coded = plain.withUnsafeReadableBytes {
            Compressor.compressWhole($0, coding: coding, level: isQuick ? .instant : .balanced)
        }
        guard let coded else { return .none }
        let made = representation(
            bytes: ByteBuffer(bytes: coded), stamp: entry.stamp, path: entry.path, coding: coding, varies: true,
            isQuick: isQuick)
        return isQuick ? .quick(made) : .best(made)
    }

    private func mayEncode(_ entry: StaticEntry, _ coding: ContentCoding) -> Bool {
        let compression = settings.compression
        return compression.enabled && compression.encodings.contains(coding)
            && entry.stamp.size >= compression.minSize.bytes && entry.stamp.size <= Self.compressionLimit
    }

    /// What takes the place of a quick variant; the quick one stays where this is no smaller.
    func best(_ coded: [UInt8]?, for entry: StaticEntry, _ coding: ContentCoding) -> StaticEntry.Variant? {
        guard case .quick(let quick) = entry.variant(coding) else { return nil }
        guard let coded, coded.count < quick.size else { return .best(quick) }
        return .best(
            representation(
                bytes: ByteBuffer(bytes: coded), stamp: entry.stamp, path: entry.path, coding: coding, varies: true))
    }

    private func sidecar(of entry: StaticEntry, _ coding: ContentCoding) -> Representation? {
        guard case .file(let file) = files.open(relative: relative(entry.path + coding.sidecarSuffix)),
            !file.stamp.isOlder(than: entry.stamp)
        else { return nil }
        return representation(
            file.file, size: file.stamp.size, stamp: file.stamp, path: entry.path, coding: coding, varies: true)
    }

    func plainBytes(of entry: StaticEntry) -> ByteBuffer? {
        switch entry.identity.content {
        case .memory(let prepared): prepared.body
        case .file(let file):
            { $0.readableBytes == entry.stamp.size ? $0 : nil }(file.read(from: 0, count: entry.stamp.size))
        }
    }

    // MARK: Heads

    private func representation(
        _ file: OpenFile, size: Int, stamp: FileStamp, path: String, coding: ContentCoding?, varies: Bool
    ) -> Representation {
        if size <= Self.memoryLimit {
            let bytes = file.read(from: 0, count: size)
            return representation(bytes: bytes, stamp: stamp, path: path, coding: coding, varies: varies)
        }
        return make(.file(file), size: size, stamp: stamp, path: path, coding: coding, varies: varies)
    }

    private func representation(
        bytes: ByteBuffer, stamp: FileStamp, path: String, coding: ContentCoding?, varies: Bool, isQuick: Bool = false
    ) -> Representation {
        make(
            nil, bytes, size: bytes.readableBytes, stamp: stamp, path: path, coding: coding, varies: varies,
            isQuick: isQuick)
    }

    private func make(
        _ content: Representation.Content?, _ bytes: ByteBuffer = ByteBuffer(), size: Int, stamp: FileStamp,
        path: String, coding: ContentCoding?, varies: Bool, isQuick: Bool = false
    ) -> Representation {
        let etag = Self.etag(stamp, coding, isQuick: isQuick)
        let rules = self.rules.fields(of: belowRoot(path))
        // The fields that a 304 carries too come first (RFC 9110 §15.4.5).
        var shared = ByteBufferAllocator().buffer(capacity: 256)
        shared.writeField("ETag", etag)
        shared.writeField("Last-Modified", HTTPDate.text(stamp.modifiedSeconds))
        shared.writeImmutableBuffer(rules.shared)
        if varies { shared.writeStaticString("Vary: Accept-Encoding\r\n") }
        var fields = shared
        fields.writeImmutableBuffer(rules.ofBody)
        if let coding { fields.writeField("Content-Encoding", coding.rawValue) }
        if coding == nil { fields.writeStaticString("Accept-Ranges: bytes\r\n") }
        return Representation(
            content: content ?? .memory(PreparedResponse(status: 200, fields: fields, body: bytes)), size: size,
            etag: etag, fields: fields,
            notModified: PreparedResponse(status: 304, fields: shared, body: ByteBuffer()))
    }

    /// Strong: tells two states of a file apart even where a deploy gives every file the same time (RFC 9110 §8.8.3).
    /// A quick variant's bytes are others than the best one's, and so is its tag.
    private static func etag(_ stamp: FileStamp, _ coding: ContentCoding?, isQuick: Bool) -> String {
        func hex(_ number: Int) -> String { String(number, radix: 36) }
        let modified = hex(stamp.modifiedSeconds &* 1_000_000_000 &+ stamp.modifiedNanoseconds)
        let suffix = coding.map { "-" + $0.rawValue + (isQuick ? "-quick" : "") } ?? ""
        return "\"\(modified)-\(hex(Int(bitPattern: stamp.inode)))-\(hex(stamp.size))\(suffix)\""
    }

    /// The path of a file as rules see it.
    private func belowRoot(_ path: String) -> String {
        String(decoding: path.utf8.dropFirst(settings.directory.utf8.count), as: UTF8.self)
    }
}
