// What an answer of a name server says of addresses and of how long it counts (RFC 1035 §4.1). Pure; it comes from the network, so
// every length is looked at.
import PorticoCore

package struct DNSAnswer: Equatable {
    static let typeA: UInt16 = 1
    static let typeAAAA: UInt16 = 28

    /// In packed form, of 4 or 16 bytes.
    package private(set) var addresses: [[UInt8]] = []
    /// The shortest time to live, in seconds, of the records that lead to the addresses.
    package private(set) var timeToLive: UInt32 = .max

    /// Nil where the bytes are no good answer, or name no address.
    package init?(_ bytes: [UInt8]) {
        var reader = Reader(bytes: bytes)
        guard reader.skip(2), let flags = reader.number(2), flags & 0x8000 != 0, flags & 0x000F == 0,
            let questions = reader.number(2), let answers = reader.number(2), reader.skip(4)
        else { return nil }
        for _ in 0..<questions { guard reader.skipName(), reader.skip(4) else { return nil } }
        for _ in 0..<answers { guard takeRecord(&reader) else { return nil } }
        guard !addresses.isEmpty else { return nil }
    }

    /// False where it is cut. Those that are no addresses are aliases on the way to them, whose time counts too.
    private mutating func takeRecord(_ reader: inout Reader) -> Bool {
        guard reader.skipName(), let type = reader.number(2), reader.skip(2), let time = reader.number(4),
            let length = reader.number(2), let data = reader.take(Int(length))
        else { return false }
        // RFC 2181 §8: with the highest bit set it is zero.
        timeToLive = min(timeToLive, time & 0x8000_0000 == 0 ? time : 0)
        if type == UInt32(Self.typeA) && length == 4 || type == UInt32(Self.typeAAAA) && length == 16 {
            addresses.append(data)
        }
        return true
    }

    private struct Reader {
        let bytes: [UInt8]
        var place = 0

        mutating func skip(_ count: Int) -> Bool {
            guard bytes.count - place >= count else { return false }
            place += count
            return true
        }

        mutating func take(_ count: Int) -> [UInt8]? {
            let start = place
            return skip(count) ? Array(bytes[start..<place]) : nil
        }

        /// Of up to four bytes, the highest first.
        mutating func number(_ count: Int) -> UInt32? {
            take(count).map { $0.reduce(0) { $0 << 8 | UInt32($1) } }
        }

        /// A name ends with an empty label or with a pointer, which need not be followed.
        mutating func skipName() -> Bool {
            while let length = number(1) {
                if length == 0 { return true }
                if length & 0xC0 == 0xC0 { return skip(1) }
                guard length & 0xC0 == 0, skip(Int(length)) else { return false }
            }
            return false
        }
    }
}
