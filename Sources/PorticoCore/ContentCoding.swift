// The content codings Portico speaks: the word shared by configuration, negotiation and files. No coding is done here.

/// A content coding; the raw value is its token in `Accept-Encoding` and `Content-Encoding` (RFC 9110 §8.4.1).
package enum ContentCoding: String, Sendable, CaseIterable {
    case brotli = "br"
    case zstd
    case gzip

    /// What the name of a file in this coding ends with, beside the plain one.
    package var sidecarSuffix: String {
        switch self {
        case .brotli: ".br"
        case .zstd: ".zst"
        case .gzip: ".gz"
        }
    }
}
