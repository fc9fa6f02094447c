// One file of the site as it is kept in memory: its plain representation and what is known of the coded ones. Immutable;
// a newly made variant makes a new entry.
import NIOCore
import PorticoConfig
import PorticoCore
import PorticoHTTP
import Synchronization

/// A representation that can be sent: the file as it is, or in one coding.
final class Representation: Sendable {
    enum Content: Sendable {
        /// Small: the whole answer lies ready.
        case memory(PreparedResponse)
        /// Large: sent from the open file.
        case file(OpenFile)
    }

    let content: Content
    let size: Int
    /// Strong, quotes included.
    let etag: [UInt8]
    /// The fields of a 200, without framing: also those of a 206.
    let fields: ByteBuffer
    let notModified: PreparedResponse

    init(content: Content, size: Int, etag: String, fields: ByteBuffer, notModified: PreparedResponse) {
        self.content = content
        self.size = size
        self.etag = Array(etag.utf8)
        self.fields = fields
        self.notModified = notModified
    }

    var isOpenFile: Bool { if case .file = content { true } else { false } }

    /// Memory held, roughly.
    var footprint: Int {
        let body = if case .memory(let prepared) = content { prepared.footprint } else { 256 }
        return body + fields.storageCapacity + notModified.footprint + 256
    }
}

final class StaticEntry: Sendable {
    enum Variant: Sendable {
        /// Not looked for yet.
        case unknown
        /// There is none that would be smaller.
        case none
        case ready(Representation)
    }

    /// What the cache knows it by: `SitePath.key`.
    let key: [UInt8]
    let path: String
    let stamp: FileStamp
    let identity: Representation
    /// Worth negotiating: its type and size are such that a coded form may exist.
    let isNegotiable: Bool
    /// One for each coding, by `ContentCoding.index`.
    private let variants: [Variant]
    /// When the file was last seen unchanged, on the monotonic clock.
    private let checked: Atomic<Int64>

    init(
        key: [UInt8], path: String, stamp: FileStamp, identity: Representation, isNegotiable: Bool,
        variants: [Variant] = Array(repeating: .unknown, count: ContentCoding.allCases.count)
    ) {
        self.key = key
        self.path = path
        self.stamp = stamp
        self.identity = identity
        self.isNegotiable = isNegotiable
        self.variants = variants
        checked = Atomic(MonotonicTime.now().nanoseconds)
    }

    func variant(_ coding: ContentCoding) -> Variant { variants[coding.index] }

    func with(_ variant: Variant, for coding: ContentCoding) -> StaticEntry {
        var changed = variants
        changed[coding.index] = variant
        return StaticEntry(
            key: key, path: path, stamp: stamp, identity: identity, isNegotiable: isNegotiable, variants: changed)
    }

    /// A changed file is noticed after this long at the latest.
    private static let checkInterval: Int64 = 500_000_000

    /// False where the file on disk is no longer the one that was read. Asks the disk at most twice a second.
    func isFresh(_ now: MonotonicTime) -> Bool {
        guard now.nanoseconds - checked.load(ordering: .relaxed) > Self.checkInterval else { return true }
        guard FileStamp(path: path) == stamp else { return false }
        checked.store(now.nanoseconds, ordering: .relaxed)
        return true
    }

    /// Descriptors held.
    var openFiles: Int {
        var count = identity.isOpenFile ? 1 : 0
        for case .ready(let variant) in variants where variant.isOpenFile { count += 1 }
        return count
    }

    var footprint: Int {
        var sum = identity.footprint + path.utf8.count + 2 * key.count + 200
        for case .ready(let variant) in variants { sum += variant.footprint }
        return sum
    }
}
