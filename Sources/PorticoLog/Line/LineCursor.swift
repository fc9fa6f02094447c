// Writes the pieces of a line one behind another into memory that is known to be large enough. Owns nothing.
import Glibc
import PorticoCore

/// A position in raw memory. The hot path keeps it in a register; nothing here allocates or checks for room, so whoever
/// makes one first reserves the worst case (see `LogChunk.reserve`).
struct LineCursor {
    // SAFETY (all methods): the maker reserved room for everything that is written through this cursor.
    private(set) var next: UnsafeMutablePointer<UInt8>

    @inline(__always)
    init(_ start: UnsafeMutablePointer<UInt8>) { next = start }

    @inline(__always)
    mutating func byte(_ value: UInt8) {
        next.pointee = value
        next += 1
    }

    @inline(__always)
    mutating func literal(_ text: StaticString) {
        memcpy(next, text.utf8Start, text.utf8CodeUnitCount)
        next += text.utf8CodeUnitCount
    }

    /// The bytes escaped for the inside of a JSON string; room: `JSONText.growth` per byte.
    @inline(__always)
    mutating func escaped(_ bytes: UnsafeRawBufferPointer) { next = JSONText.write(bytes, to: next) }

    @inline(__always)
    mutating func copy(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        memcpy(next, start, bytes.count)
        next += bytes.count
    }

    /// Room: 20 bytes.
    @inline(__always)
    mutating func decimal(_ value: Int) {
        if value < 0 { byte(UInt8(ascii: "-")) }
        var rest = value.magnitude
        if rest < 10 { return byte(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest)) }
        let width = Self.width(rest)
        var position = next + width
        next = position
        while rest >= 10 {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            position -= 1
            position.pointee = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
            rest = quotient
        }
        (position - 1).pointee = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest)
    }

    /// Nanoseconds as milliseconds with three decimals, cut rather than rounded; room: 20 bytes.
    @inline(__always)
    mutating func milliseconds(_ nanoseconds: Int) {
        let microseconds = max(nanoseconds, 0) / 1000
        decimal(microseconds / 1000)
        byte(UInt8(ascii: "."))
        threeDigits(microseconds % 1000)
    }

    @inline(__always)
    mutating func twoDigits(_ value: Int) {
        byte(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value / 10))
        byte(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value % 10))
    }

    @inline(__always)
    mutating func threeDigits(_ value: Int) {
        byte(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value / 100))
        twoDigits(value % 100)
    }

    /// `2026-01-02T03:04:05`, 19 bytes.
    mutating func dateAndTime(_ time: CivilDate) {
        twoDigits(time.year / 100)
        twoDigits(time.year % 100)
        byte(UInt8(ascii: "-"))
        twoDigits(time.month)
        byte(UInt8(ascii: "-"))
        twoDigits(time.day)
        byte(UInt8(ascii: "T"))
        timeOfDay(time)
    }

    /// `03:04:05`.
    mutating func timeOfDay(_ time: CivilDate) {
        twoDigits(time.hour)
        byte(UInt8(ascii: ":"))
        twoDigits(time.minute)
        byte(UInt8(ascii: ":"))
        twoDigits(time.second)
    }

    /// `2026-01-02T03:04:05.678Z`, 24 bytes.
    mutating func timestamp(unixNanoseconds: Int64) {
        let moment = SplitTime(unixNanoseconds: unixNanoseconds)
        dateAndTime(CivilDate(clamping: moment.seconds))
        byte(UInt8(ascii: "."))
        threeDigits(moment.milliseconds)
        byte(UInt8(ascii: "Z"))
    }

    /// `10/Oct/2000:13:55:36 +0000`, as the Common Log Format has it.
    mutating func commonTime(_ time: CivilDate) {
        twoDigits(time.day)
        byte(UInt8(ascii: "/"))
        let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"
        // SAFETY: a civil month is 1...12, three letters each.
        copy(UnsafeRawBufferPointer(start: months.utf8Start + (time.month - 1) * 3, count: 3))
        byte(UInt8(ascii: "/"))
        twoDigits(time.year / 100)
        twoDigits(time.year % 100)
        byte(UInt8(ascii: ":"))
        timeOfDay(time)
        literal(" +0000")
    }

    @inline(__always)
    private static func width(_ value: UInt) -> Int {
        var width = 1
        var bound: UInt = 10
        while value >= bound {
            width += 1
            let (next, overflow) = bound.multipliedReportingOverflow(by: 10)
            if overflow { break }
            bound = next
        }
        return width
    }
}

/// Nanoseconds since 1970 as whole seconds and the milliseconds behind them, before 1970 too.
struct SplitTime {
    let seconds: Int64
    let milliseconds: Int

    @inline(__always)
    init(unixNanoseconds: Int64) {
        var seconds = unixNanoseconds / 1_000_000_000
        var rest = unixNanoseconds % 1_000_000_000
        if rest < 0 {
            rest += 1_000_000_000
            seconds -= 1
        }
        self.seconds = seconds
        milliseconds = Int(rest / 1_000_000)
    }
}
