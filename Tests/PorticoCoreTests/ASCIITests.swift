// The byte classes against the grammar they were made from, over all 256 bytes.
import PorticoCore
import Testing

@Suite struct ASCIITests {
    private static func bytes(_ text: String) -> Set<UInt8> { Set(text.utf8) }
    private static let digits = "0123456789"
    private static let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

    @Test func tokenBytesAreThoseOfRFC9110() {
        // tchar, RFC 9110 §5.6.2.
        let expected = Self.bytes("!#$%&'*+-.^_`|~" + Self.digits + Self.letters)
        for byte in UInt8.min...UInt8.max { #expect(ASCII.isToken(byte) == expected.contains(byte), "\(byte)") }
    }

    @Test func fieldValueBytesAreVisibleObsTextSpaceAndTab() {
        for byte in UInt8.min...UInt8.max {
            // field-vchar, obs-text, SP, HTAB: RFC 9110 §5.5.
            let expected = (0x21...0x7E).contains(byte) || byte >= 0x80 || byte == 0x20 || byte == 0x09
            #expect(ASCII.isFieldValue(byte) == expected, "\(byte)")
        }
    }

    @Test func unreservedBytesAreThoseOfRFC3986() {
        let expected = Self.bytes("-._~" + Self.digits + Self.letters)
        for byte in UInt8.min...UInt8.max { #expect(ASCII.isUnreserved(byte) == expected.contains(byte), "\(byte)") }
    }

    @Test func hexDigitsHaveTheirValues() {
        for byte in UInt8.min...UInt8.max {
            let text = String(decoding: [byte], as: UTF8.self)
            let expected = text == "+" || text == "-" ? nil : UInt8(text, radix: 16)
            #expect(ASCII.hexDigit(byte) == expected, "\(byte)")
        }
    }

    @Test func onlyCapitalLettersHaveACaseBit() {
        for byte in UInt8.min...UInt8.max {
            #expect(ASCII.caseBit(byte) == ((0x41...0x5A).contains(byte) ? 0x20 : 0), "\(byte)")
        }
    }

    @Test func namesAreComparedWithoutCase() {
        for text in ["host", "HOST", "hOsT"] { #expect(Array(text.utf8).withUnsafeBytes { $0.equalsFolded("host") }) }
        // Bytes that differ from letters in the case bit alone.
        for text in ["hos\u{14}", "ho[t", "hos", "hostx", "h\u{F}st"] {
            #expect(!Array(text.utf8).withUnsafeBytes { $0.equalsFolded("host") })
        }
        #expect(!Array("@".utf8).withUnsafeBytes { $0.equalsFolded("`") })
    }

    @Test func everyByteOfALongNameCounts() {
        // Longer than a word: eight bytes are compared at once, the rest one by one.
        let name: StaticString = "x-name_9:host"
        let text = Array("x-name_9:host".utf8)
        for place in text.indices {
            for byte in UInt8.min...UInt8.max {
                var other = text
                other[place] = byte
                let isSame = String(decoding: [byte], as: UTF8.self).lowercased().utf8.elementsEqual([text[place]])
                #expect(other.withUnsafeBytes { $0.equalsFolded(name) } == isSame, "\(place) \(byte)")
            }
        }
    }

    @Test func decimalsAreDigitsThatFit() {
        let cases: [(String, Int?)] = [
            ("0", 0), ("007", 7), ("9223372036854775807", .max), ("9223372036854775808", nil),
            ("99999999999999999999", nil), ("", nil), ("-1", nil),
            ("+1", nil), (" 1", nil), ("1 ", nil), ("1a", nil), ("0x1", nil), ("1_0", nil),
        ]
        for (text, value) in cases { #expect(Array(text.utf8).withUnsafeBytes { $0.decimal } == value, "\(text)") }
    }

    @Test func listElementsAreTrimmedAndEmptyOnesSkipped() {
        let cases: [(String, [String])] = [
            ("a, b,c", ["a", "b", "c"]), ("", []), (" , ,", []), ("a", ["a"]), ("\ta\t,", ["a"]),
            ("a b , c", ["a b", "c"]),
        ]
        for (text, expected) in cases {
            var elements: [String] = []
            Array(text.utf8).withUnsafeBytes { $0.forEachElement { elements.append($0.text) } }
            #expect(elements == expected, "\(text)")
        }
    }

    /// Eight bytes at a time find what one at a time finds: any byte, at any place, among any neighbours.
    @Test func aFieldValueEndsWhereItsFirstForeignByteIs() {
        for neighbour: UInt8 in [0x20, 0x61, 0x7E, 0x80, 0x81, 0xFF, 0x09] {
            Self.forEachByteAmong(neighbour) { bytes, start in
                let end = bytes[start...].firstIndex { !ASCII.isFieldValue($0) } ?? bytes.count
                return ASCII.endOfFieldValue(bytes.span, from: start) == end
            }
        }
        #expect(ASCII.endOfFieldValue([UInt8]().span, from: 0) == 0)
    }

    @Test func aPlainNameEndsWhereItsFirstOtherByteIs() {
        let plain = Self.bytes("-" + Self.letters)
        for neighbour: UInt8 in [0x2D, 0x41, 0x5A, 0x61, 0x7A] {
            Self.forEachByteAmong(neighbour) { bytes, start in
                let end = bytes[start...].firstIndex { !plain.contains($0) } ?? bytes.count
                return ASCII.endOfPlainName(bytes.span, from: start) == end
            }
        }
        #expect(ASCII.endOfPlainName([UInt8]().span, from: 0) == 0)
    }

    private static func forEachByteAmong(_ neighbour: UInt8, isRight: ([UInt8], Int) -> Bool) {
        for byte in UInt8.min...UInt8.max {
            for place in 0..<19 {
                var bytes = [UInt8](repeating: neighbour, count: 19)
                bytes[place] = byte
                for start in [0, 1, 7, place] where !isRight(bytes, start) {
                    Issue.record("\(neighbour) \(byte) \(place) \(start)")
                }
            }
        }
    }
}
