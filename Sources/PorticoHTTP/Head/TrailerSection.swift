// Trailers that may be passed on (RFC 9110 §6.5.1): none that frames, routes, authenticates or controls a message, and none
// that a gateway sets itself.
package import NIOCore
import PorticoCore

package enum TrailerSection {
    /// `lines` are validated field lines without the empty line. Nil where nothing is left.
    package static func forwardable(_ lines: ByteBuffer?) -> ByteBuffer? {
        guard var section = lines else { return nil }
        section.writeStaticString("\r\n")
        let fields = HeadFields()
        let bytes = section
        var cursor = 0
        guard case .complete? = try? FieldLines.parse(bytes.readableBytesUInt8Span, from: &cursor, into: fields) else {
            return nil
        }
        bytes.withUnsafeReadableBytes { fields.load($0) }
        var kept = ByteBuffer()
        kept.compose { kept in
            for index in 0..<fields.entryCount {
                let entry = fields.entry(index)
                guard entry.known == .other, !isForbidden(fields.view(entry.name)) else { continue }
                kept.writeField(fields.view(entry.name), fields.view(entry.value))
            }
        }
        return kept.readableBytes > 0 ? kept : nil
    }

    /// Every field that Portico knows by number is one that has no place in a trailer, but for these few more.
    private static func isForbidden(_ name: UnsafeRawBufferPointer) -> Bool {
        let names: [StaticString] = [
            "authorization", "set-cookie", "max-forwards", "content-range", "www-authenticate", "x-real-ip",
            "tracestate",
        ]
        return names.contains { name.equalsFolded($0) }
    }
}
