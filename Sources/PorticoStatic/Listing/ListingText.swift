// Names, sizes and times as a listing shows them: nothing that a name holds can become markup, a scheme or a forged line.
import PorticoCore

enum ListingText {
    /// The name for eyes: what is no text, controls, or turns the writing direction is shown as `%XX`.
    static func shown(_ name: [UInt8]) -> String {
        guard let text = String(validating: name, as: UTF8.self) else {
            var out: [UInt8] = []
            for byte in name { if byte > 0x20, byte < 0x7F { out.append(byte) } else { out.appendEscaped(byte) } }
            return String(decoding: out, as: UTF8.self)
        }
        guard text.unicodeScalars.contains(where: isTreacherous) else { return text }
        return text.unicodeScalars.reduce(into: "") { shown, scalar in
            guard isTreacherous(scalar) else { return shown.unicodeScalars.append(scalar) }
            var escaped: [UInt8] = []
            for byte in String(scalar).utf8 { escaped.appendEscaped(byte) }
            shown += String(decoding: escaped, as: UTF8.self)
        }
    }

    private static func isTreacherous(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: true
        default: false
        }
    }

    /// The name as a relative reference: everything but unreserved characters escaped (RFC 3986 §2.3).
    static func href(_ name: [UInt8], isFolder: Bool) -> String {
        var out: [UInt8] = []
        for byte in name { if ASCII.isUnreserved(byte) { out.append(byte) } else { out.appendEscaped(byte) } }
        return String(decoding: out, as: UTF8.self) + (isFolder ? "/" : "")
    }

    static func html(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// `1.4 MB`, in steps of 1000 as file managers count.
    static func size(_ bytes: Int) -> String {
        guard bytes >= 1000 else { return "\(bytes) B" }
        var (tenths, unit) = (bytes / 100, 0)
        while tenths >= 10_000, unit < 4 { (tenths, unit) = (tenths / 1000, unit + 1) }
        let name = ["KB", "MB", "GB", "TB", "PB"][unit]
        return tenths < 100 ? "\(tenths / 10).\(tenths % 10) \(name)" : "\(tenths / 10) \(name)"
    }

    /// `2026-11-21T17:43:05Z`.
    static func instant(_ seconds: Int) -> String {
        let date = CivilDate(unixSeconds: seconds)
        return
            "\(date.year)-\(two(date.month))-\(two(date.day))T\(two(date.hour)):\(two(date.minute)):\(two(date.second))Z"
    }

    /// `2026-11-21 17:43`.
    static func minute(_ seconds: Int) -> String {
        let text = instant(seconds)
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5))"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
