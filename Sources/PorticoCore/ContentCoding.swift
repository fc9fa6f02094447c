// The content codings Portico speaks: the word shared by configuration, negotiation and files. No coding is done here.

/// A content coding; the raw value is its token in `Accept-Encoding` and `Content-Encoding` (RFC 9110 §8.4.1).
package enum ContentCoding: String, Sendable, CaseIterable {
    case brotli = "br"
    case gzip
}
