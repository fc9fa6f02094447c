// One file of the site as it is kept in memory: its plain representation and what is known of the coded ones. Immutable;
// a newly made variant makes a new entry.
import PorticoCore
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

    /// What the cache knows it by: `SitePath.key`.
    let key: [UInt8]
    let path: String
    let stamp: FileStamp
    let identity: Representation
    /// Worth negotiating: its type and size are such that a coded form may exist.
    let isNegotiable: Bool
    /// One for each coding, by `ContentCoding.index`.
    private let variants: [Variant]
    /// Its sidecars, and files that would answer in its place.
    private let neighbours: [Neighbour]
    /// Set where the system reports changes: then the entry is right for as long as it is in the cache.
    let watched: WatchedFile?
    /// When the file was last seen unchanged, on the monotonic clock.
    private let checked: Atomic<Int64>

    init(
        key: [UInt8], path: String, stamp: FileStamp, identity: Representation, isNegotiable: Bool,
        variants: [Variant] = Array(repeating: .unknown, count: ContentCoding.allCases.count),
        neighbours: [Neighbour] = [], watched: WatchedFile? = nil,
        checked: Int64 = MonotonicTime.now().nanoseconds
    ) {
        self.key = key
        self.path = path
        self.stamp = stamp
        self.identity = identity
        self.isNegotiable = isNegotiable
        self.variants = variants
        self.neighbours = neighbours
        self.watched = watched
        self.checked = Atomic(checked)
    }

    func variant(_ coding: ContentCoding) -> Variant { variants[coding.index] }

    /// `sidecar` as it was before the variant was made.
    func with(_ variant: Variant, for coding: ContentCoding, sidecar: Neighbour? = nil) -> StaticEntry {
        var changed = variants
        changed[coding.index] = variant
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
        variants.reduce(identity.isOpenFile ? 1 : 0) { $0 + ($1.representation?.isOpenFile == true ? 1 : 0) }
    }

    var footprint: Int {
        let fixed = path.utf8.count + 2 * key.count + 400 + (watched == nil ? 0 : WatchedFile.footprint)
        return variants.reduce(identity.footprint + fixed) { $0 + ($1.representation?.footprint ?? 0) }
    }
}
