// The content codings Portico speaks: the word shared by configuration, negotiation and files. No coding is done here.

/// A content coding; the raw value is its token in `Accept-Encoding` and `Content-Encoding` (RFC 9110 §8.4.1).
package enum ContentCoding: String, Sendable, CaseIterable {
    case brotli = "br"
    case zstd
    case gzip

    /// Where it stands in `allCases`: a place in a table with one per coding.
    package var index: Int {
        switch self {
        case .brotli: 0
        case .zstd: 1
        case .gzip: 2
        }
    }

    /// What the name of a file in this coding ends with, beside the plain one.
    package var sidecarSuffix: String {
        switch self {
        case .brotli: ".br"
        case .zstd: ".zst"
        case .gzip: ".gz"
        }
    }
}
