// The access line in the Common Log Format of NCSA httpd and in Apache's combined one, which tools of decades read.
import PorticoConfig
import PorticoCore

extension AccessLineBuffer {
    func writeCommon(_ record: borrowing AccessRecord, to cursor: inout LineCursor) {
        writeCommonFields(record, to: &cursor)
        cursor.byte(0x0A)
    }

    func writeCombined(_ record: borrowing AccessRecord, to cursor: inout LineCursor) {
        writeCommonFields(record, to: &cursor)
        cursor.literal(" \"")
        if record.referer.isEmpty { cursor.byte(UInt8(ascii: "-")) } else { referer(of: record, to: &cursor) }
        cursor.literal("\" \"")
        if record.userAgent.isEmpty { cursor.byte(UInt8(ascii: "-")) } else { userAgent(of: record, to: &cursor) }
        cursor.literal("\"\n")
    }

    /// `client - - [10/Oct/2000:13:55:36 +0000] "GET /path HTTP/1.1" 200 2326`: identity and user are never known.
    private func writeCommonFields(_ record: borrowing AccessRecord, to cursor: inout LineCursor) {
        Self.orDash(record.clientIP, to: &cursor)
        cursor.literal(" - - [")
        cursor.commonTime(CivilDate(clamping: SplitTime(unixNanoseconds: record.unixNanoseconds).seconds))
        cursor.literal("] \"")
        Self.value(record.method, to: &cursor)
        cursor.byte(0x20)
        address(record.path, to: &cursor)
        cursor.byte(0x20)
        Self.value(record.protocolName, to: &cursor)
        cursor.literal("\" ")
        cursor.decimal(record.status)
        cursor.byte(0x20)
        if record.bytesOut > 0 { cursor.decimal(record.bytesOut) } else { cursor.byte(UInt8(ascii: "-")) }
    }

    private static func orDash(_ bytes: UnsafeRawBufferPointer, to cursor: inout LineCursor) {
        if bytes.isEmpty { cursor.byte(UInt8(ascii: "-")) } else { value(bytes, to: &cursor) }
    }
}
