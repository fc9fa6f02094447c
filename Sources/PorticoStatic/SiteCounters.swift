// How much work the cache could not save. Counted off the hot path; read by tests and whoever reports.
import Synchronization

package final class SiteCounters: Sendable {
    private let reads = Atomic(0)
    private let encodings = Atomic(0)
    private let bestVariants = Atomic(0)
    private let changes = Atomic(0)

    /// Files opened and read for an answer.
    package var readCount: Int { reads.load(ordering: .relaxed) }
    /// Files compressed while a client waited.
    package var encodingCount: Int { encodings.load(ordering: .relaxed) }
    /// Variants replaced by better ones in the background.
    package var bestVariantCount: Int { bestVariants.load(ordering: .relaxed) }
    /// Cached files dropped as the system reported a change.
    package var changeCount: Int { changes.load(ordering: .relaxed) }

    func countRead() { reads.add(1, ordering: .relaxed) }
    func countEncoding() { encodings.add(1, ordering: .relaxed) }
    func countBestVariant() { bestVariants.add(1, ordering: .relaxed) }
    func countChanges(_ count: Int) { changes.add(count, ordering: .relaxed) }
}
