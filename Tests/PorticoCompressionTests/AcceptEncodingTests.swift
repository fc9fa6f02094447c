// Negotiation by table: header value in, weights and choice out.
import PorticoCompression
import PorticoCore
import PorticoTesting
import Testing

private func offers(_ text: String) -> AcceptedCodings {
    var text = text
    return text.withUTF8 { AcceptEncoding.offers(UnsafeRawBufferPointer($0)) }
}

private func parsed(_ text: String) -> AcceptedCodings {
    var text = text
    var header = AcceptEncoding()
    text.withUTF8 { header.read(UnsafeRawBufferPointer($0)) }
    return header.offers
}

struct NegotiationRow: Sendable, CustomTestStringConvertible {
    let header: String
    let brotli: UInt16
    let zstd: UInt16
    let gzip: UInt16
    let plain: Bool
    /// With brotli preferred to zstd, and that to gzip.
    let choice: ContentCoding?

    init(
        _ header: String, _ brotli: UInt16, _ zstd: UInt16, _ gzip: UInt16, plain: Bool = true, _ choice: ContentCoding?
    ) {
        self.header = header
        self.brotli = brotli
        self.zstd = zstd
        self.gzip = gzip
        self.plain = plain
        self.choice = choice
    }

    var testDescription: String { "\"\(header)\"" }

    static let table: [NegotiationRow] = [
        // What clients send.
        .init("gzip, deflate, br, zstd", 1000, 1000, 1000, .brotli),
        .init("gzip, deflate, br", 1000, 0, 1000, .brotli),
        .init("gzip, deflate", 0, 0, 1000, .gzip),
        .init("gzip", 0, 0, 1000, .gzip),
        .init("br", 1000, 0, 0, .brotli),
        .init("deflate, gzip, br, zstd", 1000, 1000, 1000, .brotli),
        .init("gzip, compress, br", 1000, 0, 1000, .brotli),
        .init("zstd", 0, 1000, 0, .zstd),
        // RFC 9110 §12.5.3.
        .init("compress, gzip", 0, 0, 1000, .gzip),
        .init("", 0, 0, 0, nil),
        .init("*", 1000, 1000, 1000, .brotli),
        .init("compress;q=0.5, gzip;q=1.0", 0, 0, 1000, .gzip),
        .init("gzip;q=1.0, identity; q=0.5, *;q=0", 0, 0, 1000, .gzip),
        // Weights.
        .init("br;q=0.5, gzip;q=0.8", 500, 0, 800, .gzip),
        .init("br;q=0.8, gzip;q=0.8", 800, 0, 800, .brotli),
        .init("br;q=0, gzip", 0, 0, 1000, .gzip),
        .init("br;q=0.0, gzip;q=0.00", 0, 0, 0, nil),
        .init("br;q=0.001", 1, 0, 0, .brotli),
        .init("br;q=1.000", 1000, 0, 0, .brotli),
        .init("br;q=1.", 1000, 0, 0, .brotli),
        .init("br;q=0.", 0, 0, 0, nil),
        .init("br;q=0.12", 120, 0, 0, .brotli),
        // Identity.
        .init("identity", 0, 0, 0, nil),
        .init("identity;q=0", 0, 0, 0, plain: false, nil),
        .init("gzip;q=0.5, identity", 0, 0, 500, nil),
        .init("gzip;q=0.5, identity;q=0.5", 0, 0, 500, .gzip),
        .init("gzip;q=0.5, identity;q=0.4", 0, 0, 500, .gzip),
        .init("br, identity;q=0", 1000, 0, 0, plain: false, .brotli),
        .init("IDENTITY;q=0, *", 1000, 1000, 1000, plain: false, .brotli),
        // The wildcard.
        .init("*;q=0", 0, 0, 0, plain: false, nil),
        .init("*;q=0, identity", 0, 0, 0, nil),
        .init("gzip, *;q=0", 0, 0, 1000, plain: false, .gzip),
        .init("*;q=0.3, gzip;q=0.2", 300, 300, 200, .brotli),
        .init("gzip;q=0, *", 1000, 1000, 0, .brotli),
        .init("ZSTD;q=0.9, gzip;q=0.8, br;q=0.7", 700, 900, 800, .zstd),
        .init("br;q=0, gzip;q=0, *", 0, 1000, 0, .zstd),
        .init("br;q=0, gzip;q=0, zstd;q=0, *", 0, 0, 0, nil),
        // Letters and blanks.
        .init("GZIP", 0, 0, 1000, .gzip),
        .init("Br;Q=0.7", 700, 0, 0, .brotli),
        .init("x-gzip", 0, 0, 1000, .gzip),
        .init("  gzip  ", 0, 0, 1000, .gzip),
        .init("gzip\t;\tq=0.4", 0, 0, 400, .gzip),
        .init(" , ,gzip,, br ,", 1000, 0, 1000, .brotli),
        .init("gzip,br", 1000, 0, 1000, .brotli),
        // The last word counts.
        .init("gzip;q=0.1, gzip;q=0.9", 0, 0, 900, .gzip),
        .init("gzip, gzip;q=0", 0, 0, 0, nil),
        // Broken elements are passed over, the others count.
        .init("gzip;q=2, br", 1000, 0, 0, .brotli),
        .init("gzip;q=1.001, br;q=0.3", 300, 0, 0, .brotli),
        .init("gzip;q=0.1234, br;q=0.3", 300, 0, 0, .brotli),
        .init("gzip;q=-1, br;q=0.3", 300, 0, 0, .brotli),
        .init("gzip;q=.5", 0, 0, 0, nil),
        .init("gzip;q=", 0, 0, 0, nil),
        .init("gzip;q", 0, 0, 0, nil),
        .init("gzip;", 0, 0, 0, nil),
        .init("gzip;level=9", 0, 0, 0, nil),
        .init("gzip;q=0.5;level=9", 0, 0, 0, nil),
        .init("gzip;q = 0.5", 0, 0, 0, nil),
        .init("gzip br", 0, 0, 0, nil),
        .init(";q=1", 0, 0, 0, nil),
        .init("\"gzip\"", 0, 0, 0, nil),
        .init("gzipp, xbr, gzi, b", 0, 0, 0, nil),
        .init("gzip, deflate; br", 0, 0, 1000, .gzip),
        .init("gzip, deflate, bR", 1000, 0, 1000, .brotli),
    ]
}

@Suite struct AcceptEncodingTests {
    @Test(arguments: NegotiationRow.table)
    func `a header is read as the table says`(row: NegotiationRow) {
        let offers = offers(row.header)
        #expect(offers.brotli == row.brotli)
        #expect(offers.zstd == row.zstd)
        #expect(offers.gzip == row.gzip)
        #expect(offers.identityAllowed == row.plain)
        #expect(offers.choose(from: [.brotli, .zstd, .gzip]) == row.choice)
        #expect(parsed(row.header) == offers, "the shortcut for browsers answers as the reader does")
    }

    @Test func `among equals the server's order decides`() {
        #expect(offers("gzip, br").choose(from: [.gzip, .brotli]) == .gzip)
        #expect(offers("gzip, br").choose(from: [.brotli]) == .brotli)
        #expect(offers("gzip, br;q=0.9").choose(from: [.brotli]) == .brotli)
        #expect(offers("gzip, br").choose(from: []) == nil)
    }

    @Test func `a header on several lines is one list`() {
        var header = AcceptEncoding()
        for var line in ["gzip;q=0.5", "br;q=0.4, identity;q=0"] {
            line.withUTF8 { header.read(UnsafeRawBufferPointer($0)) }
        }
        #expect(header.offers == AcceptedCodings(brotli: 400, gzip: 500, identity: 0))
    }

    @Test func `no header offers the plain body only`() {
        #expect(AcceptedCodings.plainOnly.identityAllowed)
        #expect(AcceptedCodings.plainOnly.choose(from: [.brotli, .gzip]) == nil)
        #expect(AcceptEncoding.offers(UnsafeRawBufferPointer(start: nil, count: 0)) == .plainOnly)
    }

    @Test func `hostile bytes never break the reader`() {
        var generator = SplitMix(seed: 7)
        let alphabet = Array("gzipbr*;q=01.5, \t\"identity-x\u{0}".utf8) + [0x80, 0xff, 0x7f, 0x0a]
        for _ in 0..<20_000 {
            let length = Int(generator.next() % 40)
            let bytes = (0..<length).map { _ in alphabet[Int(generator.next() % UInt64(alphabet.count))] }
            bytes.withUnsafeBytes { view in
                var header = AcceptEncoding()
                header.read(view)
                let offers = AcceptEncoding.offers(view)
                #expect(header.offers == offers)
                #expect(offers.brotli <= 1000 && offers.zstd <= 1000 && offers.gzip <= 1000)
            }
        }
    }

    @Test func `a long header is read in one pass`() {
        let offers = offers(String(repeating: "x;q=0.5,", count: 100_000) + "br")
        #expect(offers.choose(from: [.gzip, .brotli]) == .brotli)
    }
}
