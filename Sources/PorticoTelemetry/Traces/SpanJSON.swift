// One span as OTLP's JSON has it (opentelemetry-proto `Span`; ids in hex, 64-bit numbers as text). Written where the request
// ends, so that a batch is only joined.
package import PorticoCore

package struct SpanJSON {
    /// `SpanKind`.
    package enum Kind: Int { case server = 2, client = 3 }

    /// What every span has.
    package struct Frame {
        /// 32 hex digits.
        package var traceID = ""
        package var spanID = RequestID(value: 0)
        /// 16 hex digits; empty for the root.
        package var parentID = ""
        package var isParentRemote = false
        package var traceState = ""
        package var kind = Kind.server
        package var name = ""
        /// In nanoseconds since 1970.
        package var start: Int64 = 0
        package var end: Int64 = 0

        package init() {}
    }

    /// A value that is longer is cut.
    package static let longestValue = 1024

    private var bytes: [UInt8] = []
    private var hasAttributes = false

    package init(_ frame: Frame) {
        bytes.reserveCapacity(1024)
        // Sampled; that the parent's place is known, and whether it is elsewhere (`SpanFlags`).
        let flags = 0x101 | (frame.isParentRemote ? 0x200 : 0)
        put(#"{"traceId":"\#(frame.traceID)","spanId":"\#(frame.spanID.text)""#)
        if !frame.parentID.isEmpty { put(#","parentSpanId":"\#(frame.parentID)""#) }
        if !frame.traceState.isEmpty {
            put(#","traceState":"#)
            put(quoted: frame.traceState)
        }
        put(#","flags":\#(flags),"kind":\#(frame.kind.rawValue),"name":"#)
        put(quoted: frame.name)
        put(#","startTimeUnixNano":"\#(frame.start)","endTimeUnixNano":"\#(max(frame.start, frame.end))""#)
        put(#","attributes":["#)
    }

    package mutating func add(_ key: StaticString, _ value: String) {
        begin(key)
        put(#"{"stringValue":"#)
        put(quoted: value)
        put("}}")
    }

    package mutating func add(_ key: StaticString, _ value: UnsafeRawBufferPointer) {
        add(key, UnsafeRawBufferPointer(rebasing: value.prefix(Self.longestValue)).text)
    }

    package mutating func add(_ key: StaticString, _ value: Int) {
        begin(key)
        put(#"{"intValue":"\#(value)"}}"#)
    }

    package mutating func add(_ key: StaticString, milliseconds nanoseconds: Int64) {
        begin(key)
        put(#"{"doubleValue":\#(Double(nanoseconds / 1000) / 1000)}}"#)
    }

    package consuming func finish(isError: Bool) -> [UInt8] {
        put(isError ? #"],"status":{"code":2}}"# : #"],"status":{}}"#)
        return bytes
    }

    private mutating func begin(_ key: StaticString) {
        put(hasAttributes ? #",{"key":""# : #"{"key":""#)
        hasAttributes = true
        bytes += key.bytes
        put(#"","value":"#)
    }

    private mutating func put(_ text: String) { bytes += text.utf8 }

    private mutating func put(quoted text: String) { bytes.appendJSON(text, cutAt: Self.longestValue) }
}

extension [UInt8] {
    /// A JSON string (RFC 8259 §7) of at most so many bytes of the text, cut between characters.
    mutating func appendJSON(_ text: String, cutAt limit: Int = .max) {
        append(UInt8(ascii: "\""))
        var left = limit
        for scalar in text.unicodeScalars {
            let encoded = UTF8.encode(scalar)!
            left -= encoded.count
            if left < 0 { break }
            switch scalar.value {
            case 0x22, 0x5C: self += [UInt8(ascii: "\\"), UInt8(scalar.value)]
            case 0..<0x20, 0x7F:
                self += #"\u00"#.utf8
                self += String(0x100 + scalar.value, radix: 16).utf8.dropFirst()
            default: self += encoded
            }
        }
        append(UInt8(ascii: "\""))
    }
}
