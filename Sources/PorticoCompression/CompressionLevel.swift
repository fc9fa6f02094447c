// How much work a compression may cost, in words that mean the same for every coding.

package enum CompressionLevel: Sendable, CaseIterable {
    /// While a client waits and a better variant follows: nothing but the time to the first byte counts. Half a millisecond
    /// for 200 KiB with brotli and zstd, 1.5 with gzip.
    case instant
    /// On the fly, per response.
    case fast
    /// Once per file, while someone waits.
    case balanced
    /// Once per file, when nobody waits: several times slower for a few percent.
    case best

    /// It takes tens of megabytes for some milliseconds and more, which should not stay with the process.
    var givesMemoryBack: Bool { self == .balanced || self == .best }

    var gzip: Int32 {
        switch self {
        case .instant: 1
        case .fast: 4
        case .balanced: 6
        case .best: 9
        }
    }

    var zstd: Int32 {
        switch self {
        case .instant: 1
        case .fast: 3
        case .balanced: 6
        case .best: 19
        }
    }

    var brotli: Int32 {
        switch self {
        case .instant: 0
        case .fast: 4
        case .balanced: 5
        case .best: 11
        }
    }
}
