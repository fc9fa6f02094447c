// Names whose values no line may show: query parameters, headers, fields of the server's own lines. Where in a line they
// stand is known to those who write it.

struct Redaction: Sendable, Equatable {
    /// What stands in the place of a value.
    static let mark: StaticString = "***"

    /// In lower case, with `-` for `_`.
    private let names: [[UInt8]]
    let hidesUserAgent: Bool
    let hidesReferer: Bool

    init(_ names: [String] = []) {
        self.names = names.map { $0.utf8.map(Self.folded) }
        hidesUserAgent = names.contains { $0.lowercased() == "user-agent" }
        hidesReferer = names.contains { $0.lowercased() == "referer" }
    }

    var isEmpty: Bool { names.isEmpty }

    func covers(_ name: String) -> Bool {
        var name = name
        return name.withUTF8 { covers(UnsafeRawBufferPointer($0)) }
    }

    /// `name` may be percent-encoded, as in a query.
    func covers(_ name: UnsafeRawBufferPointer) -> Bool { names.contains { Self.is($0, name) } }

    private static func `is`(_ known: [UInt8], _ name: UnsafeRawBufferPointer) -> Bool {
        var at = 0
        for wanted in known {
            guard at < name.count else { return false }
            var byte = name[at]
            var length = 1
            if byte == UInt8(ascii: "%"), at + 2 < name.count, let high = digit(name[at + 1]),
                let low = digit(name[at + 2])
            {
                byte = high << 4 | low
                length = 3
            }
            guard folded(byte) == wanted else { return false }
            at += length
        }
        return at == name.count
    }

    private static func folded(_ byte: UInt8) -> UInt8 {
        switch byte {
        case 0x41...0x5A: byte | 0x20
        case UInt8(ascii: "_"): UInt8(ascii: "-")
        default: byte
        }
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
