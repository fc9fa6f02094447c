// Writing numbers and field lines into buffers without making strings.
package import NIOCore
package import PorticoCore

extension ByteBuffer {
    // Heads are many short pieces. NIO's own writes look for room, for other owners and for the rest of the memory at each of
    // them, out of line: of a proxied request's instructions they took a sixth.

    package mutating func write(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    package mutating func write(_ bytes: UnsafeRawBufferPointer) { append(bytes) }

    package mutating func write(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }

    package mutating func write(_ id: RequestID) {
        // SAFETY: an id writes sixteen bytes.
        append(count: 16) { id.write(to: $0.assumingMemoryBound(to: UInt8.self)) }
    }

    package mutating func writeRequestID(of exchange: Exchange) {
        if let given = exchange.record.givenID { write(given.bytes) } else { write(exchange.record.id) }
    }

    private mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        append(count: bytes.count) { $0.copyMemory(from: source, byteCount: bytes.count) }
    }

    /// Room for `count` bytes at the end, all of which `fill` must set.
    @inline(__always)
    private mutating func append(count: Int, _ fill: (UnsafeMutableRawPointer) -> Void) {
        reserveCapacity(minimumWritableBytes: count)
        let end = writerIndex
        // SAFETY: the memory reaches `count` bytes beyond `end`, by the line before last.
        withVeryUnsafeMutableBytes { fill($0.baseAddress! + end) }
        moveWriterIndex(forwardBy: count)
    }

    /// A non-negative number in digits.
    package mutating func writeDecimal(_ value: Int) {
        var digits = 1
        var rest = value
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        // SAFETY: each of the `digits` bytes is written.
        append(count: digits) { memory in
            rest = value
            for index in stride(from: digits - 1, through: 0, by: -1) {
                memory.storeBytes(of: 0x30 + UInt8(rest % 10), toByteOffset: index, as: UInt8.self)
                rest /= 10
            }
        }
    }

    mutating func writeHex(_ value: Int) {
        let digits = max(1, (Int.bitWidth - value.leadingZeroBitCount + 3) / 4)
        // SAFETY: each of the `digits` bytes is written.
        append(count: digits) { memory in
            for index in 0..<digits {
                let nibble = UInt8(truncatingIfNeeded: value >> (4 * (digits - 1 - index))) & 15
                memory.storeBytes(of: nibble < 10 ? 0x30 + nibble : 0x57 + nibble, toByteOffset: index, as: UInt8.self)
            }
        }
    }

    /// `name: value CRLF`. The caller vouches that the value holds no control characters.
    package mutating func writeField(_ name: StaticString, _ value: String) {
        write(name)
        write(": ")
        writeString(value)
        write("\r\n")
    }

    package mutating func writeField(_ name: StaticString, _ value: UnsafeRawBufferPointer) {
        write(name)
        write(": ")
        write(value)
        write("\r\n")
    }

    /// The same with a name as it came.
    package mutating func writeLine(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        // SAFETY: exactly `count` bytes are written, each part behind the one before.
        let count = name.count + value.count + 4
        append(count: count) { line in
            line.copyMemory(from: name.baseAddress!, byteCount: name.count)
            line.storeBytes(of: UInt16(0x203A).littleEndian, toByteOffset: name.count, as: UInt16.self)
            if let source = value.baseAddress {
                (line + name.count + 2).copyMemory(from: source, byteCount: value.count)
            }
            line.storeBytes(of: UInt16(0x0A0D).littleEndian, toByteOffset: count - 2, as: UInt16.self)
        }
    }
}
