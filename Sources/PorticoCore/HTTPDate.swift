// Dates as HTTP writes them (RFC 9110 §5.6.7), from and to seconds since 1970, without a calendar library.

package enum HTTPDate {
    package static let length = 29

    /// Writes IMF-fixdate, `Sun, 06 Nov 1994 08:49:37 GMT`: 29 bytes.
    package static func write(_ seconds: Int, to out: UnsafeMutablePointer<UInt8>) {
        let date = CivilDate(unixSeconds: seconds)
        func put(_ offset: Int, _ text: StaticString, _ start: Int, _ count: Int) {
            for index in 0..<count { out[offset + index] = text.utf8Start[start + index] }
        }
        func digits(_ offset: Int, _ value: Int) {
            out[offset] = 0x30 + UInt8(value / 10 % 10)
            out[offset + 1] = 0x30 + UInt8(value % 10)
        }
        put(0, "SunMonTueWedThuFriSat", date.weekday * 3, 3)
        put(3, ", ", 0, 2)
        digits(5, date.day)
        out[7] = 0x20
        put(8, "JanFebMarAprMayJunJulAugSepOctNovDec", (date.month - 1) * 3, 3)
        out[11] = 0x20
        digits(12, date.year / 100)
        digits(14, date.year % 100)
        out[16] = 0x20
        digits(17, date.hour)
        out[19] = 0x3A
        digits(20, date.minute)
        out[22] = 0x3A
        digits(23, date.second)
        put(25, " GMT", 0, 4)
    }

    package static func text(_ seconds: Int) -> String {
        String(unsafeUninitializedCapacity: length) {
            write(seconds, to: $0.baseAddress!)
            return length
        }
    }

    /// Reads IMF-fixdate, and the obsolete RFC 850 and asctime forms that a recipient must accept. Nil otherwise.
    package static func parse(_ bytes: UnsafeRawBufferPointer) -> Int? {
        let words = bytes.split(whereSeparator: { $0 == 0x20 || $0 == 0x2C || $0 == 0x2D }).map { $0.map { $0 } }
        guard bytes.count <= 40 else { return nil }
        switch words.count {
        case 6:  // Sun, 06 Nov 1994 08:49:37 GMT | Sunday, 06-Nov-94 08:49:37 GMT
            guard words[5] == Array("GMT".utf8), let year = number(words[3]) else { return nil }
            let fullYear = words[3].count == 2 ? (year < 70 ? 2000 + year : 1900 + year) : year
            return seconds(day: number(words[1]), month: words[2], year: fullYear, time: words[4])
        case 5:  // Sun Nov  6 08:49:37 1994
            return seconds(day: number(words[2]), month: words[1], year: number(words[4]), time: words[3])
        default: return nil
        }
    }

    private static func number(_ digits: [UInt8]) -> Int? {
        digits.withUnsafeBytes { $0.decimal }
    }

    private static func seconds(day: Int?, month: [UInt8], year: Int?, time: [UInt8]) -> Int? {
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = time.split(separator: 0x3A).map { number(Array($0)) }
        guard let day, (1...31).contains(day), let year, (1970...9999).contains(year),
            let month = names.firstIndex(where: { Array($0.utf8) == month }),
            parts.count == 3, let hour = parts[0], let minute = parts[1], let second = parts[2],
            hour < 24, minute < 60, second <= 60
        else { return nil }
        let days = CivilDate.daysSinceEpoch(year: year, month: month + 1, day: day)
        return days * 86_400 + hour * 3_600 + minute * 60 + second
    }
}

/// A point in time split into the proleptic Gregorian calendar's fields, UTC.
package struct CivilDate: Sendable, Equatable {
    package let year, month, day, hour, minute, second: Int
    /// 0 is Sunday.
    package let weekday: Int

    /// Howard Hinnant's `civil_from_days`, era by era of 400 years.
    package init(unixSeconds: Int) {
        let (quotient, remainder) = unixSeconds.quotientAndRemainder(dividingBy: 86_400)
        let days = remainder < 0 ? quotient - 1 : quotient
        let rest = remainder < 0 ? remainder + 86_400 : remainder
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        hour = rest / 3_600
        minute = rest / 60 % 60
        second = rest % 60
        weekday = ((days + 4) % 7 + 7) % 7
    }

    package static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
