// A file that is encoded while it is read: what comes of it, and what does not where the file changes on the way.
import Glibc
import NIOCore
import PorticoCompression
import PorticoConfig
import PorticoCore
import PorticoHTTP
import PorticoTesting
import Testing

@testable import PorticoStatic

@Suite struct FileEncodingTests {
    static let text = Array((0..<9000).map { "let v\($0 % 331) = f(\($0 &* 2_654_435_761 % 10_007));\n" }.joined().utf8)
    private let site = TempSite()

    private func file(_ name: String) throws -> (file: OpenFile, stamp: FileStamp) {
        let descriptor = open(site.files.path + "/" + name, O_RDONLY)
        return (OpenFile(descriptor: descriptor), try #require(FileStamp(descriptor: descriptor)))
    }

    private func encoding(_ name: String, _ coding: ContentCoding = .gzip) throws -> FileEncoding {
        let (file, stamp) = try file(name)
        return try #require(FileEncoding(file, stamp, coding, .instant))
    }

    private func rest(of encoding: FileEncoding) -> [ByteBuffer]? {
        var pieces: [ByteBuffer] = []
        while !encoding.isComplete {
            guard let piece = encoding.next() else { return nil }
            pieces.append(piece)
        }
        return pieces
    }

    @Test(arguments: ContentCoding.allCases, [CompressionLevel.instant, .balanced])
    func thePiecesTogetherAreTheFile(coding: ContentCoding, level: CompressionLevel) throws {
        site.files.write("a.js", Self.text)
        let (file, stamp) = try file("a.js")
        let encoding = try #require(FileEncoding(file, stamp, coding, level))
        let pieces = try #require(rest(of: encoding))
        let coded = pieces.flatMap { Array($0.readableBytesView) }
        let plain = try coded.withUnsafeBytes { try Decompressor.decompressWhole($0, coding: coding, limit: 1 << 20) }
        #expect(plain == Self.text && coded.count < plain.count / 2 && encoding.isFileUnchanged)
        // It is not kept back for later.
        #expect(pieces[0].readableBytes > 1000 && pieces[0].readableBytes < FileEncoding.firstPiece)
    }

    /// The first piece alone can be decoded: whoever gets it has something to show.
    @Test func theFirstPieceHoldsBackNothing() throws {
        site.files.write("a.js", Self.text)
        let first = try #require(try encoding("a.js").next())
        var plain: [UInt8] = []
        try first.withUnsafeReadableBytes { try GzipDecoder().decode($0) { plain += $0 } }
        #expect(plain == Array(Self.text.prefix(FileEncoding.firstPiece)))
    }

    @Test func aFileThatShrinksGivesNoEnd() throws {
        site.files.write("a.js", Self.text)
        let encoding = try encoding("a.js")
        #expect(encoding.next() != nil)
        site.files.shrink("a.js", to: 50_000)
        #expect(rest(of: encoding) == nil)
    }

    @Test func aFileThatIsWrittenAnewInPlaceGivesNoEnd() throws {
        site.files.write("a.js", Self.text)
        site.files.setModified("a.js", 1_000_000)
        let encoding = try encoding("a.js")
        #expect(encoding.next() != nil)
        site.files.write("a.js", Self.text.reversed())
        #expect(rest(of: encoding) == nil)
    }

    @Test func aFileThatGrowsIsWholeAtItsOldLengthButNoLongerTheSame() throws {
        site.files.write("a.js", Self.text)
        site.files.setModified("a.js", 1_000_000)
        let encoding = try encoding("a.js")
        #expect(encoding.next() != nil)
        site.files.write("a.js", Self.text + Self.text)
        #expect(rest(of: encoding) != nil && !encoding.isFileUnchanged)
    }

    @Test func aFileThatIsReplacedOrDeletedIsTheOneItWas() throws {
        for replaces in [true, false] {
            site.files.write("a.js", Self.text)
            let encoding = try encoding("a.js")
            #expect(encoding.next() != nil)
            if replaces { site.files.replace("a.js", [1, 2, 3]) } else { site.files.delete("a.js") }
            #expect(rest(of: encoding) != nil && encoding.isFileUnchanged)
        }
    }
}
