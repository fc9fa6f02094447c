// `Range` values against sizes.
import PorticoStatic
import Testing

@Suite struct ByteRangesTests {
    private static func ranges(_ text: String, _ size: Int) -> ByteRanges {
        Array(text.utf8).withUnsafeBytes { ByteRanges($0, size: size) }
    }

    @Test func rangesAreReadAsRFC9110Says() {
        let cases: [(String, Int, ByteRanges)] = [
            ("bytes=0-0", 10, .part(0..<1)), ("bytes=0-9", 10, .part(0..<10)), ("bytes=0-10", 10, .part(0..<10)),
            ("bytes=9-", 10, .part(9..<10)), ("bytes=10-", 10, .unsatisfiable), ("bytes=-1", 10, .part(9..<10)),
            ("bytes=-10", 10, .part(0..<10)), ("bytes=-11", 10, .part(0..<10)), ("bytes=-0", 10, .unsatisfiable),
            ("bytes=0-", 0, .unsatisfiable), ("bytes=-1", 0, .unsatisfiable), ("bytes=0-0", 0, .unsatisfiable),
            ("bytes=5-4", 10, .whole), ("bytes= 1-2 ", 10, .part(1..<3)), ("BYTES=1-2", 10, .part(1..<3)),
            ("bytes=1 -2", 10, .whole), ("bytes=1- 2", 10, .whole), ("bytes =1-2", 10, .whole),
            ("bytes=", 10, .whole), ("bytes=-", 10, .whole), ("bytes=a", 10, .whole), ("bytes=1-2-3", 10, .whole),
            ("bytes=--1", 10, .whole), ("bytes=+1-2", 10, .whole), ("bytes=0x1-2", 10, .whole),
            ("seconds=1-2", 10, .whole), ("", 10, .whole),
        ]
        for (text, size, expected) in cases { #expect(Self.ranges(text, size) == expected, "\(text) of \(size)") }
    }

    @Test func numbersBeyondAnyFileLieBehindItsEnd() {
        let huge = "99999999999999999999999999"
        let cases: [(String, ByteRanges)] = [
            ("bytes=9223372036854775807-", .unsatisfiable), ("bytes=9223372036854775808-", .unsatisfiable),
            ("bytes=18446744073709551616-18446744073709551617", .unsatisfiable), ("bytes=\(huge)-", .unsatisfiable),
            ("bytes=0-9223372036854775807", .part(0..<10)), ("bytes=0-9223372036854775808", .part(0..<10)),
            ("bytes=3-\(huge)", .part(3..<10)), ("bytes=-9223372036854775807", .part(0..<10)),
            ("bytes=-\(huge)", .part(0..<10)), ("bytes=1-2,\(huge)-", .part(1..<3)),
            ("bytes=0-1,-\(huge)", .part(0..<10)),
        ]
        for (text, expected) in cases { #expect(Self.ranges(text, 10) == expected, "\(text)") }
    }

    @Test func severalRangesKeepTheirOrderAndOverlapsAreOne() {
        let cases: [(String, ByteRanges)] = [
            ("bytes=1-2,4-5", .parts([1..<3, 4..<6])), ("bytes=4-5,1-2", .parts([4..<6, 1..<3])),
            ("bytes=1-2 , 4-5", .parts([1..<3, 4..<6])), ("bytes=,1-2,,4-5,", .parts([1..<3, 4..<6])),
            ("bytes=0-0,-1", .parts([0..<1, 9..<10])), ("bytes=1-2,3-4", .part(1..<5)), ("bytes=1-5,2-3", .part(1..<6)),
            ("bytes=0-,0-,0-", .part(0..<10)), ("bytes=-2,0-1,7-8", .parts([7..<10, 0..<2])),
            ("bytes=5-6,0-1,2-3", .parts([5..<7, 0..<4])), ("bytes=0-1,90-", .part(0..<2)),
            ("bytes=80-,90-", .unsatisfiable), ("bytes=-0,10-", .unsatisfiable), ("bytes=,", .whole),
            ("bytes=0-1,a", .whole), ("bytes=0-1,5-4", .whole), ("bytes=0-1;3-4", .whole), ("bytes=90-,x", .whole),
        ]
        for (text, expected) in cases { #expect(Self.ranges(text, 10) == expected, "\(text)") }
    }

    @Test func moreRangesThanTheLimitAreIgnored() {
        func apart(_ count: Int) -> String {
            "bytes=" + (0..<count).map { "\($0 * 2)-\($0 * 2)" }.joined(separator: ",")
        }
        guard case .parts(let parts) = Self.ranges(apart(ByteRanges.limit), 1000) else {
            Issue.record("as many as the limit are not answered")
            return
        }
        #expect(parts.count == ByteRanges.limit)
        #expect(Self.ranges(apart(ByteRanges.limit + 1), 1000) == .whole)
        let same = Array(repeating: "0-", count: 5000).joined(separator: ",")
        #expect(Self.ranges("bytes=" + same, 1000) == .whole)
    }

    @Test func partsLieWithinAndApart() {
        for size in 0..<6 {
            for a in -1..<7 {
                for b in -1..<7 {
                    let one = "\(a < 0 ? "" : "\(a)")-\(b < 0 ? "" : "\(b)")"
                    check("bytes=\(one)", size)
                    for c in 0..<7 { check("bytes=\(one),\(c)-\(c),1-3", size) }
                }
            }
        }
    }

    private func check(_ text: String, _ size: Int) {
        switch Self.ranges(text, size) {
        case .whole, .unsatisfiable: break
        case .part(let part): #expect(part.lowerBound >= 0 && !part.isEmpty && part.upperBound <= size, "\(text)")
        case .parts(let parts):
            let sorted = parts.sorted { $0.lowerBound < $1.lowerBound }
            #expect(parts.count > 1 && sorted[0].lowerBound >= 0 && sorted.last!.upperBound <= size, "\(text)")
            for (one, next) in zip(sorted, sorted.dropFirst()) {
                #expect(!one.isEmpty && one.upperBound < next.lowerBound, "\(text) of \(size)")
            }
        }
    }
}
