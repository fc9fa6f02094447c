// What a client said it can decode, as a value of eight bytes. Reading it from a header is AcceptEncoding's part.
package import PorticoCore

/// The codings a client takes, each with its weight in thousandths; zero means "not acceptable".
package struct AcceptedCodings: Sendable, Hashable {
    package private(set) var brotli: UInt16
    package private(set) var zstd: UInt16
    package private(set) var gzip: UInt16
    /// Nil where the client did not name `identity`: the plain body is then acceptable, but never preferred.
    private var statedIdentity: UInt16?

    package init(brotli: UInt16 = 0, zstd: UInt16 = 0, gzip: UInt16 = 0, identity: UInt16? = nil) {
        self.brotli = brotli
        self.zstd = zstd
        self.gzip = gzip
        self.statedIdentity = identity
    }

    /// No header, or an empty one: the plain body and nothing else.
    package static let plainOnly = AcceptedCodings()

    /// Whether the body may go out without any coding. Where it may not and `choose` finds none, the answer is 415 or,
    /// as most servers do (RFC 9110 §12.5.3), the plain body all the same.
    package var identityAllowed: Bool { statedIdentity != 0 }

    package func weight(of coding: ContentCoding) -> UInt16 {
        switch coding {
        case .brotli: brotli
        case .zstd: zstd
        case .gzip: gzip
        }
    }

    package func accepts(_ coding: ContentCoding) -> Bool { weight(of: coding) > 0 }

    /// The coding to send, or nil for the plain body: the highest weight wins, among equals the first of `preferred`.
    package func choose(from preferred: [ContentCoding]) -> ContentCoding? {
        var best: ContentCoding?
        var bestWeight: UInt16 = 0
        for coding in preferred {
            let weight = weight(of: coding)
            if weight > bestWeight {
                best = coding
                bestWeight = weight
            }
        }
        if let statedIdentity, statedIdentity > bestWeight { return nil }
        return best
    }
}
