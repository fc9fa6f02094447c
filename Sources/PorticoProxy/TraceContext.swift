// W3C trace context: `traceparent` is continued for trusted clients and started for all others.
import NIOCore
import PorticoCore
import PorticoHTTP

enum TraceContext {
    /// `00-<trace id, 32 hex>-<parent id, 16 hex>-<flags, 2 hex>`: our request id is the parent id of what follows.
    static func write(_ exchange: Exchange, continuing: Bool, to out: inout ByteBuffer) {
        out.writeStaticString("traceparent: 00-")
        if continues(exchange, trustsPeer: continuing), let given = exchange.head.fields.value(of: .traceparent) {
            out.writeBytes(UnsafeRawBufferPointer(rebasing: given[3..<35]))
            out.writeStaticString("-")
            out.write(exchange.record.id)
            out.writeBytes(UnsafeRawBufferPointer(rebasing: given[52..<55]))
        } else {
            out.write(process)
            out.write(exchange.record.id)
            out.writeStaticString("-")
            out.write(exchange.record.id)
            out.writeStaticString("-00")
        }
        out.writeStaticString("\r\n")
    }

    static func continues(_ exchange: Exchange, trustsPeer: Bool) -> Bool {
        trustsPeer && exchange.head.fields.value(of: .traceparent).map(isValid) ?? false
    }

    /// The first half of the trace ids that this process starts.
    private static let process = RequestID(value: UInt64.random(in: 1...UInt64.max))

    static func isValid(_ value: UnsafeRawBufferPointer) -> Bool {
        guard value.count == 55, value[0] == 0x30, value[1] == 0x30 else { return false }
        for (index, byte) in value.enumerated() {
            switch index {
            case 2, 35, 52: guard byte == 0x2D else { return false }
            default: guard ASCII.hexDigit(byte) != nil, byte &- 0x41 >= 26 else { return false }
            }
        }
        let isZero = { (range: Range<Int>) in value[range].allSatisfy { $0 == 0x30 } }
        return !isZero(3..<35) && !isZero(36..<52)
    }
}
