// Writing numbers and field lines into buffers without making strings.
package import NIOCore
import PorticoCore

extension ByteBuffer {
    /// A non-negative number in digits.
    package mutating func writeDecimal(_ value: Int) {
        // SAFETY: an `Int` has at most 19 digits.
        writeWithUnsafeMutableBytes(minimumWritableBytes: 20) { memory in
            var digits = 1
            var rest = value
            while rest >= 10 {
                rest /= 10
                digits += 1
            }
            rest = value
            for index in stride(from: digits - 1, through: 0, by: -1) {
                memory[index] = 0x30 + UInt8(rest % 10)
                rest /= 10
            }
            return digits
        }
    }

    mutating func writeHex(_ value: Int) {
        // SAFETY: an `Int` has at most 16 hex digits.
        writeWithUnsafeMutableBytes(minimumWritableBytes: 16) { memory in
            let digits = max(1, (Int.bitWidth - value.leadingZeroBitCount + 3) / 4)
            for index in 0..<digits {
                let nibble = UInt8(truncatingIfNeeded: value >> (4 * (digits - 1 - index))) & 15
                memory[index] = nibble < 10 ? 0x30 + nibble : 0x57 + nibble
            }
            return digits
        }
    }

    package mutating func writeRequestID(of record: ExchangeRecord) {
        if let given = record.givenID { return _ = writeBytes(given.bytes) }
        // SAFETY: an id writes sixteen bytes.
        writeWithUnsafeMutableBytes(minimumWritableBytes: 16) { memory in
            record.id.write(to: memory.baseAddress!.assumingMemoryBound(to: UInt8.self))
            return 16
        }
    }

    /// `name: value CRLF`. The caller vouches that the value holds no control characters.
    package mutating func writeField(_ name: StaticString, _ value: String) {
        writeStaticString(name)
        writeStaticString(": ")
        writeString(value)
        writeStaticString("\r\n")
    }

    package mutating func writeField(_ name: StaticString, _ value: UnsafeRawBufferPointer) {
        writeStaticString(name)
        writeStaticString(": ")
        writeBytes(value)
        writeStaticString("\r\n")
    }
}
