// In which order a listing stands: `?sort=name|size|modified&order=asc|desc`, folders first. Pure.
import PorticoCore

struct ListingOrder: Sendable, Equatable {
    enum Key: String, Sendable, CaseIterable { case name, size, modified }

    var key = Key.name
    var isDescending = false

    init() {}

    /// What is not understood is left at its default.
    init(query: UnsafeRawBufferPointer) {
        for part in query.split(separator: 0x26) {
            let pair = String(decoding: part, as: UTF8.self).split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else { continue }
            if pair[0] == "sort", let key = Key(rawValue: String(pair[1])) { self.key = key }
            if pair[0] == "order" { isDescending = pair[1] == "desc" }
        }
    }

    func sorted(_ entries: [ListedEntry]) -> [ListedEntry] {
        entries.sorted { one, two in
            if one.isFolder != two.isFolder { return one.isFolder }
            let order = compare(one, two)
            if order == 0 { return NaturalOrder.compare(one.name, two.name) < 0 }
            return isDescending ? order > 0 : order < 0
        }
    }

    private func compare(_ one: ListedEntry, _ two: ListedEntry) -> Int {
        switch key {
        case .name: NaturalOrder.compare(one.name, two.name)
        case .size: (one.size - two.size).signum()
        case .modified: (one.modified - two.modified).signum()
        }
    }

    /// What a click on a column's head asks for.
    func query(for key: Key) -> String {
        let turned = key == self.key && !isDescending
        return "?sort=\(key.rawValue)&amp;order=\(turned ? "desc" : "asc")"
    }
}

/// `file2` before `file10`, capital letters among the small ones.
enum NaturalOrder {
    static func compare(_ one: [UInt8], _ two: [UInt8]) -> Int {
        var (i, j) = (0, 0)
        while i < one.count, j < two.count {
            if isDigit(one[i]), isDigit(two[j]) {
                let (first, second) = (digits(one, &i), digits(two, &j))
                if first.count != second.count { return first.count < second.count ? -1 : 1 }
                if let differ = zip(first, second).first(where: { $0 != $1 }) { return differ.0 < differ.1 ? -1 : 1 }
                continue
            }
            let (first, second) = (one[i] | ASCII.caseBit(one[i]), two[j] | ASCII.caseBit(two[j]))
            if first != second { return first < second ? -1 : 1 }
            i += 1
            j += 1
        }
        let rest = (one.count - i) - (two.count - j)
        if rest != 0 { return rest.signum() }
        return one == two ? 0 : one.lexicographicallyPrecedes(two) ? -1 : 1
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    /// The run of digits without zeros at its start.
    private static func digits(_ name: [UInt8], _ index: inout Int) -> ArraySlice<UInt8> {
        let start = index
        while index < name.count, isDigit(name[index]) { index += 1 }
        return name[start..<index].drop { $0 == 0x30 }
    }
}
