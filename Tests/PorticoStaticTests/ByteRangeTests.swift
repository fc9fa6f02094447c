// `Range` values against sizes.
import PorticoStatic
import Testing

@Suite struct ByteRangeTests {
    private static func range(_ text: String, _ size: Int) -> ByteRange {
        Array(text.utf8).withUnsafeBytes { ByteRange($0, size: size) }
    }

    @Test func rangesAreReadAsRFC9110Says() {
        let cases: [(String, Int, ByteRange)] = [
            ("bytes=0-0", 10, .part(first: 0, count: 1)), ("bytes=0-9", 10, .part(first: 0, count: 10)),
            ("bytes=0-10", 10, .part(first: 0, count: 10)),
            ("bytes=9-", 10, .part(first: 9, count: 1)), ("bytes=10-", 10, .unsatisfiable),
            ("bytes=-1", 10, .part(first: 9, count: 1)),
            ("bytes=-10", 10, .part(first: 0, count: 10)), ("bytes=-11", 10, .part(first: 0, count: 10)),
            ("bytes=-0", 10, .unsatisfiable),
            ("bytes=0-", 0, .unsatisfiable), ("bytes=-1", 0, .unsatisfiable), ("bytes=0-0", 0, .unsatisfiable),
            ("bytes=5-4", 10, .whole),
            ("bytes= 1-2 ", 10, .part(first: 1, count: 2)), ("BYTES=1-2", 10, .part(first: 1, count: 2)),
            ("bytes=1-2,4-5", 10, .whole),
            ("bytes=", 10, .whole), ("bytes=-", 10, .whole), ("bytes=a", 10, .whole), ("bytes=1-2-3", 10, .whole),
            ("bytes=--1", 10, .whole),
            ("seconds=1-2", 10, .whole), ("", 10, .whole), ("bytes=9223372036854775807-", 10, .unsatisfiable),
            ("bytes=0-9223372036854775807", 10, .part(first: 0, count: 10)),
            ("bytes=-9223372036854775807", 10, .part(first: 0, count: 10)),
            ("bytes=9223372036854775808-", 10, .whole),
        ]
        for (text, size, expected) in cases { #expect(Self.range(text, size) == expected, "\(text) of \(size)") }
    }

    @Test func aPartAlwaysLiesWithin() {
        for size in 0..<8 {
            for first in -1..<9 {
                for last in -1..<9 {
                    let text = "bytes=\(first < 0 ? "" : "\(first)")-\(last < 0 ? "" : "\(last)")"
                    guard case .part(let start, let count) = Self.range(text, size) else { continue }
                    #expect(start >= 0 && count > 0 && start + count <= size, "\(text) of \(size)")
                }
            }
        }
    }
}
