// What a site's cache holds of one file, in words for people.
package import PorticoCore

package struct CacheState: Sendable {
    package enum Form: Sendable, Equatable {
        case notMade, notSmaller, quick, best
    }

    /// Bytes of memory, as reckoned for `cache_size`.
    package let bytes: Int
    /// The plain file is sent from an open descriptor, not from memory.
    package let isOpenFile: Bool
    /// The system reports its changes; else it is looked at.
    package let isWatched: Bool
    /// Empty where the file is never coded.
    package let forms: [(coding: ContentCoding, form: Form)]

    init(_ entry: StaticEntry) {
        bytes = entry.footprint
        isOpenFile = entry.identity.isOpenFile
        isWatched = entry.watched != nil
        forms =
            !entry.isNegotiable
            ? []
            : ContentCoding.allCases.map { coding in
                switch entry.variant(coding) {
                case .unknown: (coding, .notMade)
                case .none: (coding, .notSmaller)
                case .quick: (coding, .quick)
                case .best: (coding, .best)
                }
            }
    }

    package var text: String {
        let place = isOpenFile ? "held open, sent by the kernel" : "in memory, \(bytes) bytes with its encodings"
        let coded = forms.map { "\($0.coding.rawValue) \($0.form.text)" }.joined(separator: ", ")
        let changes = isWatched ? "changes are reported by the system" : "looked at twice a second for changes"
        return ([place] + (coded.isEmpty ? [] : [coded]) + [changes]).joined(separator: "; ")
    }
}

extension CacheState.Form {
    fileprivate var text: String {
        switch self {
        case .notMade: "not asked for yet"
        case .notSmaller: "would not be smaller"
        case .quick: "made quickly, a better one follows"
        case .best: "as good as it gets"
        }
    }
}
