// The `Accept-Encoding` values that nearly every browser sends, known by sight. All others are read in AcceptEncoding.
import Glibc

/// A shortcut in front of the parser; it must answer exactly what the parser would (a test holds them together).
enum BrowserOffers {
    private static let both = AcceptedCodings(brotli: 1000, gzip: 1000)
    private static let all = AcceptedCodings(brotli: 1000, zstd: 1000, gzip: 1000)
    private static let gzipOnly = AcceptedCodings(gzip: 1000)

    /// The offers of a value known by sight, nil for any other.
    static func match(_ bytes: UnsafeRawBufferPointer) -> AcceptedCodings? {
        switch bytes.count {
        case 0: .plainOnly
        case 4 where same(bytes, "gzip"): gzipOnly
        case 13 where same(bytes, "gzip, deflate"): gzipOnly
        case 17 where same(bytes, "gzip, deflate, br"): both
        case 23 where same(bytes, "gzip, deflate, br, zstd"): all
        default: nil
        }
    }

    private static func same(_ bytes: UnsafeRawBufferPointer, _ known: StaticString) -> Bool {
        guard let start = bytes.baseAddress else { return false }
        // SAFETY: the caller matched the count with the literal's; both sides hold that many bytes.
        return memcmp(start, known.utf8Start, known.utf8CodeUnitCount) == 0
    }
}
