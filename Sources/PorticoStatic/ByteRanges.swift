// What a `Range` asks of a representation (RFC 9110 §14.1.2, §14.2). Pure; sending the parts is RangeReply's.
import PorticoCore

package enum ByteRanges: Equatable {
    /// Answer the whole representation: another unit, bad syntax, or more ranges than anyone needs.
    case whole
    case part(Range<Int>)
    /// Two at least, apart from each other, in the order they were asked for.
    case parts([Range<Int>])
    /// 416.
    case unsatisfiable

    /// A field with more ranges is ignored (RFC 9110 §14.2): the whole file then costs less than its parts.
    package static let limit = 64

    package init(_ value: UnsafeRawBufferPointer, size: Int) {
        self = .whole
        guard value.count > 6, UnsafeRawBufferPointer(rebasing: value[..<6]).equalsFolded("bytes=") else { return }
        let set = UnsafeRawBufferPointer(rebasing: value[6...])
        guard set.contains(0x2C) else {
            switch Self.read(set.trimmed, size) {
            case .invalid: break
            case .outside: self = .unsatisfiable
            case .inside(let range): self = .part(range)
            }
            return
        }
        guard let ranges = Self.readAll(set, size) else { return }
        let apart = Self.coalesced(ranges)
        switch apart.count {
        case 0: self = .unsatisfiable
        case 1: self = .part(apart[0])
        default: self = .parts(apart)
        }
    }

    // MARK: Reading

    private enum Spec {
        case invalid, outside
        case inside(Range<Int>)
    }

    /// What of the list can be satisfied; nil where the field is to be ignored.
    private static func readAll(_ set: UnsafeRawBufferPointer, _ size: Int) -> [Range<Int>]? {
        var ranges: [Range<Int>] = []
        var count = 0
        var isValid = true
        set.forEachElement { spec in
            count += 1
            guard isValid, count <= limit else { return }
            switch read(spec, size) {
            case .invalid: isValid = false
            case .outside: break
            case .inside(let range): ranges.append(range)
            }
        }
        return isValid && count > 0 && count <= limit ? ranges : nil
    }

    private static func read(_ spec: UnsafeRawBufferPointer, _ size: Int) -> Spec {
        guard let dash = spec.firstIndex(of: 0x2D) else { return .invalid }
        let from = UnsafeRawBufferPointer(rebasing: spec[..<dash])
        let to = UnsafeRawBufferPointer(rebasing: spec[(dash + 1)...])
        if from.isEmpty {
            guard let suffix = position(to) else { return .invalid }
            let count = min(suffix, size)
            return count == 0 ? .outside : .inside(size - count..<size)
        }
        guard let first = position(from) else { return .invalid }
        var end = size
        if !to.isEmpty {
            guard let last = position(to), last >= first else { return .invalid }
            if last < size { end = last + 1 }
        }
        return first < size ? .inside(first..<end) : .outside
    }

    /// Digits as a number. More than `Int` holds lies behind the end of any file, as `Int.max` does.
    private static func position(_ digits: UnsafeRawBufferPointer) -> Int? {
        guard !digits.isEmpty else { return nil }
        var value = 0
        for byte in digits {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow2) = product.addingReportingOverflow(Int(byte - 0x30))
            value = overflow || overflow2 ? .max : sum
        }
        return value
    }

    // MARK: Coalescing

    /// Ranges that overlap or touch become one, in the place of the first of them (RFC 9110 §15.3.7.2): no byte is
    /// sent twice.
    private static func coalesced(_ ranges: [Range<Int>]) -> [Range<Int>] {
        let byStart = ranges.indices.sorted { ranges[$0].lowerBound < ranges[$1].lowerBound }
        var runs: [(range: Range<Int>, place: Int)] = []
        for index in byStart {
            let range = ranges[index]
            guard let last = runs.last, range.lowerBound <= last.range.upperBound else {
                runs.append((range, index))
                continue
            }
            let end = max(last.range.upperBound, range.upperBound)
            runs[runs.count - 1] = (last.range.lowerBound..<end, min(last.place, index))
        }
        return runs.sorted { $0.place < $1.place }.map(\.range)
    }
}
