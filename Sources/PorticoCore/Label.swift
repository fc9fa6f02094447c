// Names that are written into every log line: their bytes lie in stable memory, so that logging makes no strings.

// SAFETY: immutable after init; the memory is freed once, in deinit.
package final class Label: @unchecked Sendable {
    package let bytes: UnsafeRawBufferPointer

    package init(_ text: String) {
        var text = text
        bytes = text.withUTF8 { utf8 in
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, utf8.count), alignment: 1)
            memory.copyMemory(from: UnsafeRawBufferPointer(utf8))
            return UnsafeRawBufferPointer(rebasing: memory[..<utf8.count])
        }
    }

    deinit { UnsafeMutableRawPointer(mutating: bytes.baseAddress)?.deallocate() }

    package var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension StaticString {
    /// The text's bytes, which live as long as the program.
    @inlinable
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: utf8Start, count: utf8CodeUnitCount) }
}
