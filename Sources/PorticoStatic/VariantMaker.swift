// Has coded forms made on the thread pool: each once, however many ask for it meanwhile; then its best form, in the background. What
// is made is kept in the cache, also where nobody waits any more.
import Glibc
import NIOCore
import NIOPosix
import PorticoCore
import Synchronization

final class VariantMaker: Sendable {
    private struct Key: Hashable {
        let path: [UInt8]
        let coding: ContentCoding
    }

    /// Microseconds in which a first piece leaves.
    private static let turn: useconds_t = 50

    private let cache: FileCache
    private let loader: VariantLoader
    private let counters: SiteCounters
    private let begun = Mutex<[Key: VariantInMaking]>([:])

    init(cache: FileCache, loader: VariantLoader, counters: SiteCounters) {
        self.cache = cache
        self.loader = loader
        self.counters = counters
    }

    /// The form that is being made, by others perhaps.
    func variant(of entry: StaticEntry, _ coding: ContentCoding, on eventLoop: any EventLoop) -> VariantInMaking {
        let (variant, isNew) = begin(entry, coding)
        if isNew { NIOThreadPool.singleton.submit { _ in self.make(variant, on: eventLoop) {} } }
        return variant
    }

    /// The same for a caller on the thread pool, where it is made before the call returns. `isUnderWay` is called once on the way: when
    /// there is something to be sent, or all of it.
    func makeVariant(
        of entry: StaticEntry, _ coding: ContentCoding, on eventLoop: any EventLoop,
        isUnderWay: (VariantInMaking) -> Void
    ) {
        let (variant, isNew) = begin(entry, coding)
        guard isNew else { return isUnderWay(variant) }
        make(variant, on: eventLoop) { isUnderWay(variant) }
    }

    /// What is made of a file as it was before is nothing for those who know a newer state. It may well be another entry's: where the
    /// cache has no room for it, every request reads the file.
    private func begin(_ entry: StaticEntry, _ coding: ContentCoding) -> (VariantInMaking, isNew: Bool) {
        let key = Key(path: entry.key, coding: coding)
        return begun.withLock { begun in
            if let known = begun[key], known.entry.stamp == entry.stamp { return (known, false) }
            let new = VariantInMaking(of: entry, coding)
            begun[key] = new
            return (new, true)
        }
    }

    private func end(_ variant: VariantInMaking, _ end: VariantInMaking.End, lastPiece: ByteBuffer? = nil) {
        begun.withLock { begun in
            let key = Key(path: variant.entry.key, coding: variant.coding)
            if begun[key] === variant { begun[key] = nil }
        }
        variant.end(end, lastPiece: lastPiece)
    }

    // MARK: On the thread pool

    private func make(_ variant: VariantInMaking, on eventLoop: any EventLoop, isUnderWay: () -> Void) {
        let (entry, coding) = (variant.entry, variant.coding)
        if let known = known(entry, coding) {
            end(variant, .made(known))
            return isUnderWay()
        }
        var isTold = false
        let coded = loader.variant(of: entry, coding) { piece, head in
            variant.add(piece, head)
            guard !isTold else { return }
            isTold = true
            isUnderWay()
            // The loop has its turn now, also where it shares a processor with this thread: giving up the rest of a slice is not
            // always enough for that.
            usleep(Self.turn)
        }
        if let coded, coded.mayBeKept { cache.add(coded.variant, coding, sidecar: coded.sidecar, to: entry) }
        end(variant, coded.map { .made($0.variant) } ?? .broken, lastPiece: coded?.lastPiece)
        if !isTold { isUnderWay() }
        guard case .quick? = coded?.variant else { return }
        // Nothing of it before the answer: that comes first on the loop.
        eventLoop.execute { self.improve(entry, coding) }
    }

    /// Somebody may have made it since the caller looked.
    private func known(_ entry: StaticEntry, _ coding: ContentCoding) -> StaticEntry.Variant? {
        guard let known = entry.key.withUnsafeBytes({ cache.find($0) }), known.identity === entry.identity,
            case let variant = known.variant(coding), !variant.isUnknown
        else { return nil }
        return variant
    }

    // MARK: In the background

    /// Has the best variant made; it is served from then on.
    private func improve(_ entry: StaticEntry, _ coding: ContentCoding) {
        let key = entry.key
        BestVariants.shared.add(
            .init(site: ObjectIdentifier(cache), key: key, coding: coding) { [cache, loader, counters] in
                guard let known = key.withUnsafeBytes({ cache.find($0) }), case .quick = known.variant(coding),
                    let plain = loader.plainBytes(of: known)
                else { return nil }
                return BestVariants.Work(plain: plain) { coded in
                    guard let best = loader.best(coded, for: known, coding) else { return }
                    cache.add(best, coding, sidecar: nil, to: known)
                    counters.countBestVariant()
                }
            })
    }
}
