// HTTP's dates, all three forms (RFC 9110 §5.6.7).
import PorticoCore
import Testing

@Suite struct HTTPDateTests {
    private static func parse(_ text: String) -> Int? { Array(text.utf8).withUnsafeBytes { HTTPDate.parse($0) } }

    @Test func datesAreWrittenAsIMFFixdate() {
        let cases = [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"), (4_102_444_800, "Fri, 01 Jan 2100 00:00:00 GMT"),
            (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        ]
        for (seconds, text) in cases {
            #expect(HTTPDate.text(seconds) == text)
            #expect(Self.parse(text) == (seconds < 0 ? nil : seconds))
        }
    }

    @Test func everyDayOfFourCenturiesComesBack() {
        for day in stride(from: 0, to: 146_097, by: 1) {
            let seconds = day * 86_400 + day % 86_400
            #expect(Self.parse(HTTPDate.text(seconds)) == seconds)
        }
    }

    @Test func obsoleteFormsAreRead() {
        #expect(Self.parse("Sunday, 06-Nov-94 08:49:37 GMT") == 784_111_777)
        #expect(Self.parse("Sun Nov  6 08:49:37 1994") == 784_111_777)
    }

    @Test func whatIsNoDateIsNil() {
        let texts = [
            "", " ", "0", "nonsense", "Sun, 06 Nov 1994", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:00 GMT", "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, 06 Xyz 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49 GMT", "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 99999999999999999 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT, x", String(repeating: " ", count: 1000),
            "Sun, 06 Nov 9999999999999999999 08:49:37 GMT", "Sun, 06 Nov 922337203685 08:49:37 GMT",
        ]
        for text in texts { #expect(Self.parse(text) == nil, "\(text)") }
    }
}
