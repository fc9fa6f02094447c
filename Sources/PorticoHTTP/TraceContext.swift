// W3C trace context: `traceparent` is continued for trusted clients and started for all others. Here: what a valid one is,
// and which ids a request has; docs/logs.md tells what is made of them.
import PorticoCore

package enum TraceContext {
    /// Of a peer that may be believed: its trace goes on, if it names one (W3C Trace Context §3.2).
    package static func adopt(_ exchange: Exchange) {
        if given(exchange) != nil { exchange.record.trace = .continued }
    }

    /// Spans are made of it at its end if its trace is sampled; if it has none, some begin one.
    package static func sample(_ exchange: Exchange, _ sampling: TraceSampling) {
        if exchange.record.trace == .continued {
            guard let given = given(exchange), isSampled(given) else { return }
        } else {
            guard sampling.takes(exchange.record.id) else { return }
            exchange.record.trace = .started
        }
        exchange.trail = SpanTrail(exchange.record.id)
    }

    /// The request goes on to a backend: without a trace to continue it is the root of one.
    package static func start(_ exchange: Exchange) {
        if exchange.record.trace == .none { exchange.record.trace = .started }
    }

    /// `traceparent: 00-<trace id>-<our span id>-<flags> CRLF`. The span's id is the request's; of a sampled request it is that
    /// of the attempt.
    package static func write(_ exchange: Exchange, to out: inout HeadWriter) {
        out.write("traceparent: 00-")
        if exchange.record.trace == .continued, let given = given(exchange) {
            out.write(UnsafeRawBufferPointer(rebasing: given[3..<35]))
            out.write("-")
            out.write(exchange.trail?.spanID ?? exchange.record.id)
            out.write(isSampled(given) ? "-01" : "-00")
        } else {
            out.write(process)
            out.write(exchange.record.id)
            out.write("-")
            out.write(exchange.trail?.spanID ?? exchange.record.id)
            out.write(exchange.trail == nil ? "-00" : "-01")
        }
        out.write("\r\n")
    }

    /// The 32 hex digits of the trace: those given, or `memory` (16 bytes, then the id's own 16) filled with ours. Nil where
    /// the request has no trace.
    package static func traceID(
        _ exchange: Exchange, in memory: UnsafeMutablePointer<UInt8>
    ) -> UnsafeRawBufferPointer? {
        switch exchange.record.trace {
        case .none: return nil
        case .continued: return given(exchange).map { UnsafeRawBufferPointer(rebasing: $0[3..<35]) }
        case .started:
            // SAFETY: the caller gives room for 32 bytes.
            process.write(to: memory)
            return UnsafeRawBufferPointer(start: memory, count: 32)
        }
    }

    /// The sixteen hex digits of the span that a continued trace came from.
    package static func parentID(_ exchange: Exchange) -> UnsafeRawBufferPointer? {
        guard exchange.record.trace == .continued else { return nil }
        return given(exchange).map { UnsafeRawBufferPointer(rebasing: $0[36..<52]) }
    }

    /// The first half of the trace ids that this process starts.
    private static let process = RequestID(value: UInt64.random(in: 1...UInt64.max))

    /// The client's valid `traceparent`; several are none (§3.2.1).
    private static func given(_ exchange: Exchange) -> UnsafeRawBufferPointer? {
        let fields = exchange.head.fields
        guard let value = fields.value(of: .traceparent), isValid(value) else { return nil }
        var count = 0
        fields.forEachValue(of: .traceparent) { _ in count += 1 }
        return count == 1 ? value : nil
    }

    /// Flags that version 00 does not know are not passed on (§3.2.2.5).
    private static func isSampled(_ value: UnsafeRawBufferPointer) -> Bool {
        ASCII.hexDigit(value[54]).map { $0 & 1 == 1 } ?? false
    }

    /// A later version is read as far as this one goes, if a dash or nothing follows; `ff` is none (§3.2.2.1, §4.3).
    package static func isValid(_ value: UnsafeRawBufferPointer) -> Bool {
        guard value.count >= 55 else { return false }
        for index in 0..<55 {
            switch index {
            case 2, 35, 52: guard value[index] == 0x2D else { return false }
            default: guard ASCII.hexDigit(value[index]) != nil, value[index] &- 0x41 >= 26 else { return false }
            }
        }
        let isFirstVersion = value[0] == 0x30 && value[1] == 0x30
        guard isFirstVersion ? value.count == 55 : value.count == 55 || value[55] == 0x2D else { return false }
        let isZero = { (range: Range<Int>) in value[range].allSatisfy { $0 == 0x30 } }
        let isForbidden = value[0] == 0x66 && value[1] == 0x66
        return !isForbidden && !isZero(3..<35) && !isZero(36..<52)
    }
}
