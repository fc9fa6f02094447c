// Reads `Accept-Encoding` (RFC 9110 §12.5.3) from raw bytes, without allocating. Choosing is AcceptedCodings' part.

/// Collects the codings of one request; a header given on several lines is read line by line.
///
/// An element that breaks the grammar (an unknown parameter, a weight beyond 1 or with more than three decimals) is passed
/// over, the others still count. Where a coding is named twice, the last word counts.
package struct AcceptEncoding {
    private var brotli: UInt16?
    private var zstd: UInt16?
    private var gzip: UInt16?
    private var identity: UInt16?
    private var wildcard: UInt16?

    package init() {}

    /// The codings offered by a single header value.
    package static func offers(_ bytes: UnsafeRawBufferPointer) -> AcceptedCodings {
        if let known = BrowserOffers.match(bytes) { return known }
        var header = AcceptEncoding()
        header.read(bytes)
        return header.offers
    }

    /// Adds one header value to what was read before.
    package mutating func read(_ bytes: UnsafeRawBufferPointer) {
        var start = 0
        while start < bytes.count {
            var end = start
            while end < bytes.count, bytes[end] != UInt8(ascii: ",") { end += 1 }
            if let element = WeightedToken(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) { note(element) }
            start = end + 1
        }
    }

    /// What all values read so far add up to. `*` speaks for the codings not named; it can forbid the plain body, but
    /// does not make it preferred.
    package var offers: AcceptedCodings {
        AcceptedCodings(
            brotli: brotli ?? wildcard ?? 0,
            zstd: zstd ?? wildcard ?? 0,
            gzip: gzip ?? wildcard ?? 0,
            identity: identity ?? (wildcard == 0 ? 0 : nil))
    }

    private mutating func note(_ element: WeightedToken) {
        let token = element.token
        switch token.count {
        case 1 where token[0] == UInt8(ascii: "*"): wildcard = element.weight
        case 2 where token.equalsIgnoringCase("br"): brotli = element.weight
        case 4 where token.equalsIgnoringCase("zstd"): zstd = element.weight
        case 4 where token.equalsIgnoringCase("gzip"): gzip = element.weight
        // An old name for the same coding (RFC 9110 §8.4.1.3).
        case 6 where token.equalsIgnoringCase("x-gzip"): gzip = element.weight
        case 8 where token.equalsIgnoringCase("identity"): identity = element.weight
        default: break
        }
    }
}
