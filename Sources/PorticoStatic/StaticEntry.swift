// One file of the site as it is kept in memory: its plain representation and what is known of the coded ones. Immutable;
// a newly made variant makes a new entry.
import Glibc
import PorticoCore
import PorticoHTTP
import Synchronization

final class StaticEntry: Sendable {
    enum Variant: Sendable {
        /// Not looked for yet.
        case unknown
        /// There is none that would be smaller.
        case none
        /// Made while a client waited; a better one may follow.
        case quick(Representation)
        /// A sidecar, or as good as it gets.
        case best(Representation)

        var isUnknown: Bool { if case .unknown = self { true } else { false } }

        var representation: Representation? {
            switch self {
            case .unknown, .none: nil
            case .quick(let representation), .best(let representation): representation
            }
        }
    }

    /// A file, other than the entry's own, that the answer depends on: as it was when the entry was made.
    struct Neighbour: Sendable {
        let path: String
        /// Nil where there was none.
        let stamp: FileStamp?

        /// As it is now.
        init(_ path: String) {
            self.path = path
            stamp = FileStamp(path: path)
        }

        var isUnchanged: Bool { FileStamp(path: path) == stamp }
    }

    // In the order in which a hit looks at them: among thousands of files each line of memory is a cold one.

    /// How the key begins.
    private let keyHead: KeyHead
    /// The plain answer where it lies ready in memory.
    let prepared: PreparedResponse?
    /// Set where the system reports changes: then the entry is right for as long as it is in the cache.
    let watched: WatchedFile?
    private let variants: Variants
    /// Worth negotiating: its type and size are such that a coded form may exist.
    let isNegotiable: Bool
    /// When the file was last seen unchanged, on the monotonic clock.
    private let checked: Atomic<Int64>
    let identity: Representation
    let stamp: FileStamp
    let path: String
    /// What the cache knows it by: `SitePath.key`.
    let key: [UInt8]
    /// Its sidecars, and files that would answer in its place.
    private let neighbours: [Neighbour]

    init(
        key: [UInt8], path: String, stamp: FileStamp, identity: Representation, isNegotiable: Bool,
        variants: Variants = Variants(),
        neighbours: [Neighbour] = [], watched: WatchedFile? = nil,
        checked: Int64 = MonotonicTime.now().nanoseconds
    ) {
        self.key = key
        keyHead = KeyHead(key)
        prepared = if case .memory(let prepared) = identity.content { prepared } else { nil }
        self.path = path
        self.stamp = stamp
        self.identity = identity
        self.isNegotiable = isNegotiable
        self.variants = variants
        self.neighbours = neighbours
        self.watched = watched
        self.checked = Atomic(checked)
    }

    func hasKey(_ bytes: UnsafeRawBufferPointer) -> Bool {
        keyHead.begins(bytes) && (keyHead.isWhole || key.withUnsafeBytes { $0.equals(bytes) })
    }

    func variant(_ coding: ContentCoding) -> Variant { variants[coding] }

    /// `sidecar` as it was before the variant was made.
    func with(_ variant: Variant, for coding: ContentCoding, sidecar: Neighbour? = nil) -> StaticEntry {
        var changed = variants
        changed[coding] = variant
        return StaticEntry(
            key: key, path: path, stamp: stamp, identity: identity, isNegotiable: isNegotiable, variants: changed,
            neighbours: neighbours + (sidecar.map { [$0] } ?? []), watched: watched,
            checked: checked.load(ordering: .relaxed))
    }

    /// A change of a file that is not watched is noticed after this long at the latest.
    private static let checkInterval: Int64 = 500_000_000

    /// False where the file on disk is no longer the one that was read. Asks the disk at most twice a second, and never
    /// for a watched file.
    func isFresh(_ now: MonotonicTime) -> Bool {
        if watched != nil { return true }
        guard now.nanoseconds - checked.load(ordering: .relaxed) > Self.checkInterval else { return true }
        guard FileStamp(path: path) == stamp, neighbours.allSatisfy(\.isUnchanged) else { return false }
        checked.store(now.nanoseconds, ordering: .relaxed)
        return true
    }

    /// Descriptors held.
    var openFiles: Int {
        variants.all.reduce(identity.isOpenFile ? 1 : 0) { $0 + ($1.representation?.isOpenFile == true ? 1 : 0) }
    }

    var footprint: Int {
        let fixed = path.utf8.count + 2 * key.count + 460 + (watched == nil ? 0 : WatchedFile.footprint)
        return variants.all.reduce(identity.footprint + fixed) { $0 + ($1.representation?.footprint ?? 0) }
    }
}

extension StaticEntry {
    /// What is known of each coded form.
    struct Variants {
        private var brotli = Variant.unknown
        private var zstd = Variant.unknown
        private var gzip = Variant.unknown

        var all: [Variant] { [brotli, zstd, gzip] }

        subscript(_ coding: ContentCoding) -> Variant {
            get {
                switch coding {
                case .brotli: brotli
                case .zstd: zstd
                case .gzip: gzip
                }
            }
            set {
                switch coding {
                case .brotli: brotli = newValue
                case .zstd: zstd = newValue
                case .gzip: gzip = newValue
                }
            }
        }
    }

    /// The first bytes of a key, without a pointer to follow: most keys are no longer.
    private struct KeyHead {
        private typealias Bytes = (UInt64, UInt64, UInt64, UInt64, UInt64)
        private let count: Int
        private let bytes: Bytes

        init(_ key: [UInt8]) {
            count = key.count
            var bytes: Bytes = (0, 0, 0, 0, 0)
            withUnsafeMutableBytes(of: &bytes) { $0.copyBytes(from: key.prefix($0.count)) }
            self.bytes = bytes
        }

        var isWhole: Bool { count <= MemoryLayout<Bytes>.size }

        /// Whether this may be the head of that key: as long, and with the same first bytes.
        func begins(_ key: UnsafeRawBufferPointer) -> Bool {
            guard key.count == count, let start = key.baseAddress else { return key.count == count }
            return withUnsafeBytes(of: bytes) { memcmp($0.baseAddress!, start, min(count, $0.count)) == 0 }
        }
    }
}
