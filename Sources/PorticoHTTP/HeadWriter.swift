// Writes heads: many short pieces, one behind the other. A buffer's own writes look for room, for other owners and for the
// rest of its memory at each of them, out of line: a sixth of the instructions of a proxied request.
package import NIOCore
package import PorticoCore

/// The end of a `ByteBuffer`, for as long as `compose` lasts: where the next byte goes, and how far there is room.
package struct HeadWriter: ~Copyable {
    private let buffer: UnsafeMutablePointer<ByteBuffer>
    private var next: UnsafeMutableRawPointer
    private var end: UnsafeMutableRawPointer

    fileprivate init(_ buffer: UnsafeMutablePointer<ByteBuffer>) {
        self.buffer = buffer
        (next, end) = Self.room(for: 512, in: buffer)
    }

    /// The place behind the buffer's last byte and the end of its memory, `count` bytes away or more.
    private static func room(
        for count: Int, in buffer: UnsafeMutablePointer<ByteBuffer>
    ) -> (UnsafeMutableRawPointer, UnsafeMutableRawPointer) {
        if buffer.pointee.writableBytes < count { buffer.pointee.reserveCapacity(minimumWritableBytes: count) }
        let index = buffer.pointee.writerIndex
        // SAFETY: the memory belongs to this buffer alone from here on, and neither moves nor goes before it is asked for room
        // again: `compose` has exclusive access to it.
        return buffer.pointee.withVeryUnsafeMutableBytes { ($0.baseAddress! + index, $0.baseAddress! + $0.count) }
    }

    /// Tells the buffer how far its bytes reach.
    fileprivate mutating func settle() {
        let left = end - next
        buffer.pointee.moveWriterIndex(forwardBy: buffer.pointee.writableBytes - left)
    }

    @inline(never)
    private mutating func grow(_ count: Int) {
        settle()
        (next, end) = Self.room(for: max(count, 512), in: buffer)
    }

    /// Room for `count` bytes, all of which the caller sets.
    @inline(__always)
    private mutating func take(_ count: Int) -> UnsafeMutableRawPointer {
        if end - next < count { grow(count) }
        defer { next += count }
        return next
    }

    // MARK: Pieces

    @inline(__always)
    package mutating func write(_ text: StaticString) {
        let count = text.utf8CodeUnitCount
        // SAFETY: here and below, exactly as many bytes are set as were taken.
        take(count).copyMemory(from: text.utf8Start, byteCount: count)
    }

    package mutating func write(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        take(bytes.count).copyMemory(from: source, byteCount: bytes.count)
    }

    package mutating func write(_ bytes: [UInt8]) { bytes.withUnsafeBytes { write($0) } }

    package mutating func write(_ bytes: ByteBuffer) { bytes.withUnsafeReadableBytes { write($0) } }

    /// Labelled, as a literal would rather be a `String` than a `StaticString`: dearer by two calls of the runtime.
    package mutating func write(text: String) {
        var text = text
        text.withUTF8 { write(UnsafeRawBufferPointer($0)) }
    }

    package mutating func write(_ id: RequestID) { id.write(to: take(16).assumingMemoryBound(to: UInt8.self)) }

    /// A number that is not negative, in digits.
    package mutating func writeDecimal(_ value: Int) {
        var digits = 1
        var rest = value
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        let memory = take(digits)
        rest = value
        for index in stride(from: digits - 1, through: 0, by: -1) {
            memory.storeBytes(of: 0x30 + UInt8(rest % 10), toByteOffset: index, as: UInt8.self)
            rest /= 10
        }
    }

    package mutating func writeHex(_ value: Int) {
        let digits = max(1, (Int.bitWidth - value.leadingZeroBitCount + 3) / 4)
        let memory = take(digits)
        for index in 0..<digits {
            let nibble = UInt8(truncatingIfNeeded: value >> (4 * (digits - 1 - index))) & 15
            memory.storeBytes(of: nibble < 10 ? 0x30 + nibble : 0x57 + nibble, toByteOffset: index, as: UInt8.self)
        }
    }

    /// `name: value CRLF`. The caller vouches that the value holds no control characters.
    package mutating func writeField(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        let count = name.count + value.count + 4
        let line = take(count)
        line.copyMemory(from: name.baseAddress!, byteCount: name.count)
        line.storeBytes(of: UInt16(0x203A).littleEndian, toByteOffset: name.count, as: UInt16.self)
        if let source = value.baseAddress {
            (line + name.count + 2).copyMemory(from: source, byteCount: value.count)
        }
        line.storeBytes(of: UInt16(0x0A0D).littleEndian, toByteOffset: count - 2, as: UInt16.self)
    }

    package mutating func writeField(_ name: StaticString, _ value: UnsafeRawBufferPointer) {
        writeField(UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount), value)
    }

    package mutating func writeField(_ name: StaticString, _ value: String) {
        var value = value
        value.withUTF8 { writeField(name, UnsafeRawBufferPointer($0)) }
    }
}

extension ByteBuffer {
    /// Adds what `body` writes.
    @inline(__always)
    package mutating func compose(_ body: (inout HeadWriter) -> Void) {
        withUnsafeMutablePointer(to: &self) { buffer in
            var writer = HeadWriter(buffer)
            body(&writer)
            writer.settle()
        }
    }

    /// One field line, for answers that are not made in a hurry.
    package mutating func writeField(_ name: StaticString, _ value: String) { compose { $0.writeField(name, value) } }

    package mutating func writeField(_ name: StaticString, _ value: UnsafeRawBufferPointer) {
        compose { $0.writeField(name, value) }
    }
}
