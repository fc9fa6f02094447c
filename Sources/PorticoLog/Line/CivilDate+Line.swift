// Dates as log lines and file names need them; the calendar itself is PorticoCore's.
import PorticoCore

extension CivilDate {
    /// Years before 0 and after 9999 are held at the bounds: a line has four digits for them.
    init(clamping unixSeconds: Int64) {
        self.init(unixSeconds: Int(min(max(unixSeconds, -62_167_219_200), 253_402_300_799)))
    }

    /// `2026-01-02`.
    var dateText: String {
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let digits = String(year)
        return String(repeating: "0", count: 4 - digits.utf8.count) + digits + "-" + two(month) + "-" + two(day)
    }
}
