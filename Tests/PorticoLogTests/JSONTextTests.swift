// Escaping by table and against a JSON parser that is not ours.
import Foundation
import PorticoTesting
import Testing

@testable import PorticoLog

private func escaped(_ bytes: [UInt8]) -> [UInt8] {
    lineBytes { cursor in bytes.withUnsafeBytes { cursor.escaped($0) } }
}

private func escaped(_ text: String) -> String { String(decoding: escaped(Array(text.utf8)), as: UTF8.self) }

@Suite struct JSONTextTests {
    @Test(arguments: [
        ("", ""),
        ("plain", "plain"),
        ("exactly8", "exactly8"),
        ("a little longer than two words", "a little longer than two words"),
        ("say \"hi\"", #"say \"hi\""#),
        ("C:\\logs", #"C:\\logs"#),
        ("a\nb\rc\td", #"a\nb\rc\td"#),
        ("\u{08}\u{0c}", #"\b\f"#),
        ("\u{0}\u{1}\u{1f}", #"\u0000\u0001\u001f"#),
        ("\u{1b}[31mred", #"\u001b[31mred"#),
        ("\u{7f}", #"\u007f"#),
        ("\u{80}\u{9b}\u{9f}", #"\u0080\u009b\u009f"#),
        ("\u{a0}é", "\u{a0}é"),
        ("a\u{2028}b\u{2029}", #"a\u2028b\u2029"#),
        ("\u{202e}evil\u{2066}", #"\u202eevil\u2066"#),
        ("日本語 🚀", "日本語 🚀"),
        ("0123456\"89", #"0123456\"89"#),
        ("01234567\"", #"01234567\""#),
        ("0123456789abcde\u{7f}", #"0123456789abcde\u007f"#),
    ])
    func `a text is escaped as the table says`(text: String, expected: String) {
        #expect(escaped(text) == expected)
    }

    @Test(
        arguments: [
            [0x80], [0xff], [0xc0, 0x80], [0xc3], [0xe2, 0x80], [0xf0, 0x9f, 0x9a], [0xed, 0xa0, 0x80],
            [0xf4, 0x90, 0x80, 0x80], [0x61, 0xe2, 0x28, 0xa1], [0xf5, 0x80, 0x80, 0x80], [0xe0, 0x9f, 0xbf],
        ] as [[UInt8]])
    func `what is no UTF-8 is replaced as Unicode recommends`(bytes: [UInt8]) {
        #expect(String(decoding: escaped(bytes), as: UTF8.self) == String(decoding: bytes, as: UTF8.self))
    }

    @Test func `every single byte alone and within words gives valid JSON`() throws {
        for byte in UInt8.min...UInt8.max {
            for place in [0, 3, 7, 8, 12, 15, 16] {
                var bytes = [UInt8](repeating: 0x61, count: 17)
                bytes[place] = byte
                try expectSameText(bytes)
            }
            for length in 1..<8 {
                for place in 0..<length {
                    var bytes = [UInt8](repeating: 0x61, count: length)
                    bytes[place] = byte
                    try expectSameText(bytes)
                }
            }
        }
    }

    @Test func `random bytes give valid JSON that means the same`() throws {
        var generator = SplitMix(seed: 1)
        let spice: [UInt8] = [0x22, 0x5c, 0x0a, 0x7f, 0xc2, 0x85, 0xe2, 0x80, 0xa8, 0xf0, 0x9f, 0x98, 0x80, 0xff, 0x00]
        for round in 0..<4000 {
            var bytes = generator.bytes(Int(generator.next() % 64))
            if round % 2 == 0 {
                bytes = bytes.map { $0 < 200 ? 0x20 + $0 % 0x5f : spice[Int($0) % spice.count] }
            }
            try expectSameText(bytes)
        }
    }

    @Test func `no byte grows beyond the bound`() {
        var generator = SplitMix(seed: 2)
        for _ in 0..<2000 {
            let bytes = generator.bytes(Int(generator.next() % 50))
            #expect(escaped(bytes).count <= bytes.count * JSONText.growth)
        }
        #expect(escaped([UInt8](repeating: 0, count: 100)).count == 600)
    }

    /// A foreign parser reads back what the standard library makes of the bytes.
    private func expectSameText(_ bytes: [UInt8]) throws {
        let json = [UInt8(ascii: "[")] + [0x22] + escaped(bytes) + [0x22, UInt8(ascii: "]")]
        #expect(json.allSatisfy { $0 >= 0x20 && $0 != 0x7f })
        let read = try JSONDecoder().decode([String].self, from: Data(json))
        // Compared as bytes: equal strings may be spelled differently.
        #expect(Array(read[0].utf8) == Array(String(decoding: bytes, as: UTF8.self).utf8), "\(bytes)")
    }
}
