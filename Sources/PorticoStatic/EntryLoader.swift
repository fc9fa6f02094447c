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

    /// Larger files are sent from disk by sendfile.
    static let memoryLimit = 64 << 10
    /// Larger files are not compressed on the fly: a sidecar is the way.
    static let compressionLimit = 4 << 20

    init(_ settings: SiteSettings) {
        files = SiteFiles(settings)
        self.settings = settings
        rules = FileRules(settings)
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
        let fields = rules.fields(of: belowRoot(file.path))
        let isNegotiable =
            file.stamp.size > 0 && fields.mayBeCoded
            && (settings.precompressed
                || settings.compression.enabled && file.stamp.size >= settings.compression.minSize.bytes)
            && MediaTypes.list(settings.compression.types, covers: fields.type)
        let identity = representation(
            file.file, size: file.stamp.size, stamp: file.stamp, path: file.path, coding: nil, varies: isNegotiable)
        return StaticEntry(
            key: key, path: file.path, stamp: file.stamp, identity: identity, isNegotiable: isNegotiable)
    }

    /// The coded form of an entry: its sidecar if that is not older than the file, else compressed here.
    func variant(of entry: StaticEntry, _ coding: ContentCoding) -> StaticEntry.Variant {
        if settings.precompressed, let sidecar = sidecar(of: entry, coding) { return .ready(sidecar) }
        let compression = settings.compression
        guard compression.enabled, compression.encodings.contains(coding),
            entry.stamp.size >= compression.minSize.bytes, entry.stamp.size <= Self.compressionLimit,
            let plain = plainBytes(of: entry),
            let coded = plain.withUnsafeReadableBytes({ Compressor.compressWhole($0, coding: coding) })
        else { return .none }
        return .ready(
            representation(
                bytes: ByteBuffer(bytes: coded), stamp: entry.stamp, path: entry.path, coding: coding, varies: true))
    }

    func sidecar(of entry: StaticEntry, _ coding: ContentCoding) -> Representation? {
        let path = entry.path + coding.sidecarSuffix
        let relative = String(decoding: path.utf8.dropFirst(settings.directory.utf8.count + 1), as: UTF8.self)
        guard case .file(let file) = files.open(relative: relative),
            file.stamp.modifiedSeconds >= entry.stamp.modifiedSeconds
        else { return nil }
        return representation(
            file.file, size: file.stamp.size, stamp: file.stamp, path: entry.path, coding: coding, varies: true)
    }

    private func plainBytes(of entry: StaticEntry) -> ByteBuffer? {
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
        bytes: ByteBuffer, stamp: FileStamp, path: String, coding: ContentCoding?, varies: Bool
    ) -> Representation {
        make(nil, bytes, size: bytes.readableBytes, stamp: stamp, path: path, coding: coding, varies: varies)
    }

    private func make(
        _ content: Representation.Content?, _ bytes: ByteBuffer = ByteBuffer(), size: Int, stamp: FileStamp,
        path: String, coding: ContentCoding?, varies: Bool
    ) -> Representation {
        let etag = Self.etag(stamp, coding)
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
    private static func etag(_ stamp: FileStamp, _ coding: ContentCoding?) -> String {
        func hex(_ number: Int) -> String { String(number, radix: 36) }
        let modified = hex(stamp.modifiedSeconds &* 1_000_000_000 &+ stamp.modifiedNanoseconds)
        let suffix = coding.map { "-" + $0.rawValue } ?? ""
        return "\"\(modified)-\(hex(Int(bitPattern: stamp.inode)))-\(hex(stamp.size))\(suffix)\""
    }

    /// The path of a file as rules see it.
    private func belowRoot(_ path: String) -> String {
        String(decoding: path.utf8.dropFirst(settings.directory.utf8.count), as: UTF8.self)
    }
}
