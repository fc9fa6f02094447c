// Dates against known moments.
import PorticoCore
import Testing

@testable import PorticoLog

@Suite struct CivilDateTests {
    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00.000Z"),
        (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"),
        (951_868_799_999_999_999, "2000-02-29T23:59:59.999Z"),
        (1_767_323_045_678_000_000, "2026-01-02T03:04:05.678Z"),
        (4_107_542_399_000_000_000, "2100-02-28T23:59:59.000Z"),
        (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000Z"),
        (-1_000_000, "1969-12-31T23:59:59.999Z"),
    ])
    func `a moment has its date`(nanoseconds: Int64, text: String) {
        #expect(lineText { $0.timestamp(unixNanoseconds: nanoseconds) } == text)
        #expect(CivilDate(clamping: SplitTime(unixNanoseconds: nanoseconds).seconds).dateText == text.prefix(10))
    }

    @Test func `years beyond four digits are held at the bounds`() {
        #expect(CivilDate(clamping: .max).dateText == "9999-12-31")
        #expect(CivilDate(clamping: .min).dateText == "0000-01-01")
    }
}

/// What `body` writes, as a string; up to 64 KiB.
func lineText(_ body: (inout LineCursor) -> Void) -> String { String(decoding: lineBytes(body), as: UTF8.self) }

func lineBytes(_ body: (inout LineCursor) -> Void) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 64 << 10) { space, count in
        guard let start = space.baseAddress else { return }
        var cursor = LineCursor(start)
        body(&cursor)
        count = cursor.next - start
    }
}
