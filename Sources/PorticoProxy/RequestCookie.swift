// One cookie of a request by its name (RFC 6265 §5.4).
import PorticoCore
import PorticoHTTP

enum RequestCookie {
    /// What `body` makes of the first such cookie's value; nil where there is none.
    static func value<Result>(
        _ name: [UInt8], of fields: HeadFields, _ body: (UnsafeRawBufferPointer) -> Result?
    ) -> Result? {
        var result: Result?
        fields.forEachValue(of: .cookie) { field in
            var rest = field
            while result == nil, !rest.isEmpty {
                let end = rest.firstIndex(of: 0x3B) ?? rest.endIndex
                let pair = UnsafeRawBufferPointer(rebasing: rest[..<end])
                if let value = value(name, in: pair) { result = body(value) }
                rest = UnsafeRawBufferPointer(rebasing: rest[min(end + 1, rest.count)...])
            }
        }
        return result
    }

    private static func value(_ name: [UInt8], in pair: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let start = pair.firstIndex { $0 != 0x20 } ?? pair.endIndex
        let rest = pair[start...]
        guard rest.count > name.count, rest[start + name.count] == 0x3D, rest.starts(with: name) else { return nil }
        return UnsafeRawBufferPointer(rebasing: rest[(start + name.count + 1)...])
    }
}
