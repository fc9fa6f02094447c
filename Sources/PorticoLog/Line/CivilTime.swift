// Unix seconds -> date and time in UTC, without the C library's locks and locales.
import Glibc
import SwiftOverlayShims

/// A moment in the proleptic Gregorian calendar, UTC.
struct CivilTime: Sendable, Equatable {
    let year: Int
    let month: Int
    let day: Int
    let hour: Int
    let minute: Int
    let second: Int

    /// Years before 0 and after 9999 are held at the bounds: a line has four digits for them.
    init(unixSeconds: Int64) {
        let clamped = min(max(unixSeconds, -62_167_219_200), 253_402_300_799)
        var days = Int(clamped / 86_400)
        var rest = Int(clamped % 86_400)
        if rest < 0 {
            rest += 86_400
            days -= 1
        }
        // Days since 0000-03-01, then eras of 400 years (146,097 days): leap days fall at the end of a counted year.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        hour = rest / 3600
        minute = rest / 60 % 60
        second = rest % 60
    }

    /// `2026-01-02`.
    var dateText: String {
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let digits = String(year)
        return String(repeating: "0", count: 4 - digits.utf8.count) + digits + "-" + two(month) + "-" + two(day)
    }

    /// The wall clock, in nanoseconds since 1970.
    static func unixNanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
