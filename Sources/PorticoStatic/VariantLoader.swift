// Finds or makes the coded forms of a file: its sidecars, and encodings of our own. Blocks; runs on the thread pool.
import NIOCore
import PorticoCompression
import PorticoConfig
import PorticoCore
import PorticoHTTP

struct VariantLoader: Sendable {
    private let files: SiteFiles
    private let settings: SiteSettings
    private let maker: RepresentationMaker
    private let counters: SiteCounters

    /// Larger files are not compressed on the fly: a sidecar is the way.
    static let compressionLimit = 4 << 20

    init(_ settings: SiteSettings, counters: SiteCounters) {
        files = SiteFiles(settings)
        self.settings = settings
        maker = RepresentationMaker(settings)
        self.counters = counters
    }

    /// A coded form, with the state of its sidecar beforehand where that has to be asked about.
    struct Coded: Sendable {
        let variant: StaticEntry.Variant
        var sidecar: StaticEntry.Neighbour?
        /// The last of it, where what came before was handed out.
        var lastPiece: ByteBuffer?
        /// The file was still the same when it was done.
        var mayBeKept = true
    }

    /// The coded form of an entry: its sidecar if that is not older than the file, else compressed here. What is ready of an
    /// encoding that takes longer is handed out on the way. Nil where the file changed, so that nothing can come of it.
    func variant(
        of entry: StaticEntry, _ coding: ContentCoding, handOut: (ByteBuffer, RepresentationHead) -> Void
    ) -> Coded? {
        let isAsked = settings.precompressed && entry.watched == nil
        let before = isAsked ? StaticEntry.Neighbour(entry.path + coding.sidecarSuffix) : nil
        if settings.precompressed, let sidecar = sidecar(of: entry, coding) {
            return Coded(variant: .best(sidecar), sidecar: before)
        }
        guard mayEncode(entry, coding) else { return Coded(variant: .none, sidecar: before) }
        counters.countEncoding()
        var coded =
            switch entry.identity.content {
            case .memory(let prepared): Coded(variant: encoded(prepared.body, entry, coding))
            case .file(let file): encoded(file, entry, coding, handOut)
            }
        coded?.sidecar = before
        return coded
    }

    private func mayEncode(_ entry: StaticEntry, _ coding: ContentCoding) -> Bool {
        let compression = settings.compression
        return compression.enabled && compression.encodings.contains(coding)
            && entry.stamp.size >= compression.minSize.bytes && entry.stamp.size <= Self.compressionLimit
    }

    func sidecar(of entry: StaticEntry, _ coding: ContentCoding) -> Representation? {
        let name = entry.path.utf8.dropFirst(settings.directory.utf8.count + 1)
        guard case .file(let file) = files.open(relative: String(decoding: name, as: UTF8.self) + coding.sidecarSuffix),
            !file.stamp.isOlder(than: entry.stamp)
        else { return nil }
        return maker.representation(of: file.file, file.stamp, path: entry.path, coding: coding, varies: true)
    }

    // MARK: Encodings while a client waits: at once where a better one follows, else once and for all

    private func isQuick(_ entry: StaticEntry) -> Bool { entry.stamp.size <= BestVariants.sizeLimit }

    private func level(_ entry: StaticEntry) -> CompressionLevel { isQuick(entry) ? .instant : .balanced }

    private func variant(_ head: RepresentationHead, _ bytes: ByteBuffer, _ entry: StaticEntry) -> StaticEntry.Variant {
        let made = Representation(head, bytes: bytes)
        return isQuick(entry) ? .quick(made) : .best(made)
    }

    private func head(_ entry: StaticEntry, _ coding: ContentCoding) -> RepresentationHead {
        maker.head(entry.stamp, path: entry.path, coding: coding, varies: true, isQuick: isQuick(entry))
    }

    private func encoded(_ plain: ByteBuffer, _ entry: StaticEntry, _ coding: ContentCoding) -> StaticEntry.Variant {
        let coded = plain.withUnsafeReadableBytes {
            Compressor.compressWhole($0, coding: coding, level: level(entry))
        }
        guard let coded else { return .none }
        return variant(head(entry, coding), ByteBuffer(bytes: coded), entry)
    }

    /// A larger file. Nothing is handed out of one whose beginning does not get smaller: it may well be left as it is.
    private func encoded(
        _ file: OpenFile, _ entry: StaticEntry, _ coding: ContentCoding,
        _ handOut: (ByteBuffer, RepresentationHead) -> Void
    ) -> Coded? {
        guard let encoding = FileEncoding(file, entry.stamp, coding, level(entry)) else { return Coded(variant: .none) }
        let head = head(entry, coding)
        var coded = ByteBuffer()
        var handsOut: Bool?
        while let piece = encoding.next() {
            coded.writeImmutableBuffer(piece)
            if encoding.isComplete {
                let isSmaller = coded.readableBytes < entry.stamp.size
                return Coded(
                    variant: isSmaller ? variant(head, coded, entry) : .none, lastPiece: handsOut == true ? piece : nil,
                    mayBeKept: encoding.isFileUnchanged)
            }
            handsOut = handsOut ?? (piece.readableBytes < FileEncoding.firstPiece)
            if handsOut == true, piece.readableBytes > 0 { handOut(piece, head) }
        }
        return nil
    }

    // MARK: Best encodings

    func plainBytes(of entry: StaticEntry) -> ByteBuffer? {
        switch entry.identity.content {
        case .memory(let prepared): prepared.body
        case .file(let file):
            { $0.readableBytes == entry.stamp.size ? $0 : nil }(file.read(from: 0, count: entry.stamp.size))
        }
    }

    /// What takes the place of a quick variant; the quick one stays where this is no smaller.
    func best(_ coded: [UInt8]?, for entry: StaticEntry, _ coding: ContentCoding) -> StaticEntry.Variant? {
        guard case .quick(let quick) = entry.variant(coding) else { return nil }
        guard let coded, coded.count < quick.size else { return .best(quick) }
        let head = maker.head(entry.stamp, path: entry.path, coding: coding, varies: true)
        return .best(Representation(head, bytes: ByteBuffer(bytes: coded)))
    }
}
