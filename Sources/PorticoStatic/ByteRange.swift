// Single byte ranges (RFC 9110 §14). Pure.
import PorticoCore

package enum ByteRange: Equatable {
    /// Answer the whole representation: another unit, bad syntax, or several ranges.
    case whole
    case part(first: Int, count: Int)
    /// 416.
    case unsatisfiable

    package init(_ value: UnsafeRawBufferPointer, size: Int) {
        self = .whole
        guard value.count > 6, UnsafeRawBufferPointer(rebasing: value[..<6]).equalsFolded("bytes=") else { return }
        let spec = UnsafeRawBufferPointer(rebasing: value[6...]).trimmed
        guard let dash = spec.firstIndex(of: 0x2D), spec.firstIndex(of: 0x2C) == nil else { return }
        let from = UnsafeRawBufferPointer(rebasing: spec[..<dash]).trimmed
        let to = UnsafeRawBufferPointer(rebasing: spec[(dash + 1)...]).trimmed
        if from.isEmpty {
            guard let suffix = to.decimal else { return }
            let count = min(suffix, size)
            self = count == 0 ? .unsatisfiable : .part(first: size - count, count: count)
            return
        }
        guard let first = from.decimal else { return }
        var last = size - 1
        if !to.isEmpty {
            guard let asked = to.decimal, asked >= first else { return }
            last = min(asked, size - 1)
        }
        self = first >= size ? .unsatisfiable : .part(first: first, count: last - first + 1)
    }
}
