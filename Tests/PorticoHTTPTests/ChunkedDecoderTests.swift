// The decoder of chunked bodies by itself: any cut of the bytes gives the same body.
import NIOCore
import PorticoHTTP
import Testing

@Suite struct ChunkedDecoderTests {
    private enum Verdict: Equatable {
        case body(String, trailers: String?, rest: String)
        case needMore(String)
        case refused(Int)
    }

    private static func decode(_ text: String, pieceSize: Int) -> Verdict {
        var decoder = ChunkedDecoder()
        var input = ByteBuffer()
        var body = ""
        let bytes = Array(text.utf8)
        var next = 0
        do throws(HeadFault) {
            while true {
                switch try decoder.next(&input) {
                case .data(let piece): body += String(buffer: piece)
                case .needMore:
                    guard next < bytes.count else { return .needMore(body) }
                    input.writeBytes(bytes[next..<min(next + pieceSize, bytes.count)])
                    next += pieceSize
                case .end(let trailers):
                    let rest = String(buffer: input) + String(decoding: bytes[min(next, bytes.count)...], as: UTF8.self)
                    return .body(body, trailers: trailers.map { String(buffer: $0) }, rest: rest)
                }
            }
        } catch {
            return .refused(error.status)
        }
    }

    private static let texts = [
        "0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\nGET", "1;x=y\r\na\r\n00002 \t;z\r\nbc\r\n0;q\r\nT: v\r\nU: w\r\n\r\nrest",
        "A\r\n0123456789\r\n0\r\n\r\n",
        "a\r\n0123456789\r\n0\r\n\r\n", "5\r\nhel", "5\r\nhello\r\n", "", "0\r\nT: v\r\n", "5\r\nhello!",
        "5\nhello\r\n", "x\r\n", "5 x\r\n", "5\r\nhello\n0\r\n",
        "0\r\nbad trailer\r\n\r\n", "fffffffffffffffff\r\n", "5;" + String(repeating: "e", count: 300) + "\r\n", "\r\n",
        ";\r\n", "5\r\nhello\r\r\n",
    ]

    @Test func anyCutGivesTheSame() {
        for text in Self.texts {
            let whole = Self.decode(text, pieceSize: 1 << 20)
            for size in [1, 2, 3, 5, 8, 13] {
                #expect(Self.decode(text, pieceSize: size) == whole, "\(text.prefix(40).debugDescription) by \(size)")
            }
        }
    }

    @Test func bodiesTrailersAndWhatFollowsAreToldApart() {
        #expect(Self.decode(Self.texts[1], pieceSize: 3) == .body("hello", trailers: nil, rest: "GET"))
        #expect(Self.decode(Self.texts[2], pieceSize: 3) == .body("abc", trailers: "T: v\r\nU: w\r\n", rest: "rest"))
        #expect(Self.decode("5\r\nhel", pieceSize: 9) == .needMore("hel"))
        #expect(Self.decode("5\r\nhello!", pieceSize: 99) == .refused(400))
    }

    @Test func theLargestSizeIsReadAndTheNextRefused() {
        #expect(Self.decode("fffffffffffffff\r\n", pieceSize: 99) == .needMore(""))
        #expect(Self.decode("ffffffffffffffff\r\n", pieceSize: 99) == .refused(400))
    }
}
