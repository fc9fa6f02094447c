// How log files are called: the pattern filled in, rotated names, and which files of a folder are of that family.

/// A file name pattern such as `portico-{date}.log`. A pure value: it never looks at a disk.
///
/// Rotated files carry a number before the extension, `portico-2026-01-02.3.log`; it counts upwards, the highest is the
/// newest.
struct LogFileName: Sendable, Equatable {
    enum Part: Sendable, Equatable {
        case text(String)
        case date, pid
    }

    /// Up to the extension, and the extension with its dot (empty where the pattern has none).
    private let stem: [Part]
    private let ending: [Part]
    let processID: Int32

    init(pattern: String, name: String, host: String, processID: Int32) {
        var parts = Self.split(pattern, name: name, host: host)
        if parts.isEmpty { parts = [.text("portico.log")] }
        (stem, ending) = Self.cutExtension(parts)
        self.processID = processID
    }

    var usesDate: Bool { (stem + ending).contains(.date) }
    var usesProcessID: Bool { (stem + ending).contains(.pid) }

    /// The name of the file that is written to.
    func current(date: String) -> String { fill(stem, date) + fill(ending, date) }

    func rotated(date: String, number: Int) -> String { fill(stem, date) + ".\(number)" + fill(ending, date) }

    /// What a name says, where it is one of this pattern's: `number` is nil for a file that was never rotated.
    struct Reading: Equatable {
        var date = ""
        var processID: Int32?
        var number: Int?
        /// A finished file in gzip's form: the name with `.gz` behind it.
        var isCompressed = false
    }

    /// Strict, because what matches may be deleted by retention: nothing but this pattern's own names matches.
    func read(_ name: String) -> Reading? {
        if let reading = readPlain(name) { return reading }
        guard name.hasSuffix(Self.compressedEnding) else { return nil }
        var reading = readPlain(String(name.dropLast(Self.compressedEnding.count)))
        reading?.isCompressed = true
        return reading
    }

    static let compressedEnding = ".gz"

    private func readPlain(_ name: String) -> Reading? {
        var reading = Reading()
        var rest = name.utf8[...]
        guard Self.match(stem, &rest, &reading) else { return nil }
        let behindStem = rest
        if Self.match(ending, &rest, &reading), rest.isEmpty { return reading }
        rest = behindStem
        guard rest.popFirst() == UInt8(ascii: "."), let number = Self.takeNumber(&rest),
            Self.match(ending, &rest, &reading), rest.isEmpty
        else { return nil }
        reading.number = number
        return reading
    }

    private func fill(_ parts: [Part], _ date: String) -> String {
        parts.reduce(into: "") { text, part in
            switch part {
            case .text(let literal): text += literal
            case .date: text += date
            case .pid: text += String(processID)
            }
        }
    }

    private static func match(_ parts: [Part], _ rest: inout Substring.UTF8View, _ reading: inout Reading) -> Bool {
        for part in parts {
            switch part {
            case .text(let literal):
                guard rest.starts(with: literal.utf8) else { return false }
                rest = rest.dropFirst(literal.utf8.count)
            case .date:
                guard let date = takeDate(&rest), reading.date.isEmpty || reading.date == date else { return false }
                reading.date = date
            case .pid:
                guard let number = takeNumber(&rest), let id = Int32(exactly: number) else { return false }
                reading.processID = id
            }
        }
        return true
    }

    private static func takeDate(_ rest: inout Substring.UTF8View) -> String? {
        let text = rest.prefix(10)
        guard text.count == 10 else { return nil }
        for (index, byte) in text.enumerated() {
            let fits = index == 4 || index == 7 ? byte == UInt8(ascii: "-") : isDigit(byte)
            guard fits else { return nil }
        }
        rest = rest.dropFirst(10)
        return String(Substring(text))
    }

    private static func takeNumber(_ rest: inout Substring.UTF8View) -> Int? {
        let digits = rest.prefix(while: isDigit)
        // Neither leading zeros nor numbers out of any use: such files are somebody else's.
        guard (1...12).contains(digits.count), digits.count == 1 || digits.first != UInt8(ascii: "0")
        else { return nil }
        rest = rest.dropFirst(digits.count)
        return Int(Substring(digits))
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
