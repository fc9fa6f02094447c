// A set of bytes as 256 bits.

struct ByteSet: Sendable, Equatable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    static let all = ByteSet().inverted
    static let digits = ByteSet(0x30...0x39)
    static let word = ByteSet(0x30...0x39).union(ByteSet(0x41...0x5A)).union(ByteSet(0x61...0x7A)).union(
        ByteSet(0x5F...0x5F))
    /// Tab, line feed, vertical tab, form feed, carriage return, space.
    static let spaces = ByteSet(0x09...0x0D).union(ByteSet(0x20...0x20))

    init() {}

    init(_ range: ClosedRange<UInt8>) { for byte in range { insert(byte) } }

    mutating func insert(_ byte: UInt8) {
        let bit = 1 << UInt64(byte & 63) as UInt64
        switch byte >> 6 {
        case 0: words.0 |= bit
        case 1: words.1 |= bit
        case 2: words.2 |= bit
        default: words.3 |= bit
        }
    }

    func contains(_ byte: UInt8) -> Bool {
        let bit = UInt64(byte & 63)
        return switch byte >> 6 {
        case 0: words.0 >> bit & 1 == 1
        case 1: words.1 >> bit & 1 == 1
        case 2: words.2 >> bit & 1 == 1
        default: words.3 >> bit & 1 == 1
        }
    }

    func union(_ other: ByteSet) -> ByteSet {
        var result = self
        result.words.0 |= other.words.0
        result.words.1 |= other.words.1
        result.words.2 |= other.words.2
        result.words.3 |= other.words.3
        return result
    }

    var inverted: ByteSet {
        var result = self
        result.words = (~words.0, ~words.1, ~words.2, ~words.3)
        return result
    }

    static func == (left: ByteSet, right: ByteSet) -> Bool { left.words == right.words }
}
