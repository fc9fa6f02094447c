// Compresses whole files in one call, and makes streaming encoders by coding. Decides nothing about what is worth it.
import CBrotli
import CZlib
import CZstd
package import PorticoCore

package enum Compressor {
    /// A streaming encoder of that coding.
    package static func encoder(
        for coding: ContentCoding, level: CompressionLevel = .fast
    ) throws(CompressionError) -> any ContentEncoder {
        switch coding {
        case .brotli: try BrotliEncoder(level: level)
        case .zstd: try ZstdEncoder(level: level)
        case .gzip: try GzipEncoder(level: level)
        }
    }

    /// One for a file of exactly that size: its memory goes by that, and is given back as that of a whole file is.
    package static func encoder(
        for coding: ContentCoding, fileOf size: Int, level: CompressionLevel
    ) throws(CompressionError) -> any ContentEncoder {
        switch coding {
        case .brotli: try BrotliEncoder(fileOf: size, level: level)
        case .zstd: try ZstdEncoder(fileOf: size, level: level)
        case .gzip: try GzipEncoder(level: level)
        }
    }

    /// The compressed bytes, or nil where they would not be fewer than the plain ones (or memory ran out). It blocks for
    /// milliseconds per MiB, at `.best` for seconds: a thread pool's work. Never more than `bytes.count` bytes of output
    /// are reserved, so data that does not compress costs no blow-up.
    package static func compressWhole(
        _ bytes: UnsafeRawBufferPointer, coding: ContentCoding, level: CompressionLevel = .balanced
    ) -> [UInt8]? {
        compressWhole(bytes, coding: coding, level: level, memory: level.givesMemoryBack ? EncoderMemory() : nil)
    }

    /// With `memory`, brotli and Zstandard work in that; zlib needs a quarter of a MiB at most.
    static func compressWhole(
        _ bytes: UnsafeRawBufferPointer, coding: ContentCoding, level: CompressionLevel, memory: EncoderMemory?
    ) -> [UInt8]? {
        guard bytes.count > 1, bytes.count <= Int(UInt32.max) else { return nil }
        let output = [UInt8](unsafeUninitializedCapacity: bytes.count - 1) { space, count in
            count =
                switch coding {
                case .brotli: brotli(bytes, into: space, level: level, memory)
                case .zstd: zstd(bytes, into: space, level: level, memory)
                case .gzip: gzip(bytes, into: space, level: level)
                }
        }
        return output.isEmpty ? nil : output
    }

    /// The number of bytes written; zero where they did not fit.
    private static func brotli(
        _ bytes: UnsafeRawBufferPointer, into space: UnsafeMutableBufferPointer<UInt8>, level: CompressionLevel,
        _ memory: EncoderMemory?
    ) -> Int {
        guard let state = Brotli.makeState(memory) else { return 0 }
        defer { withExtendedLifetime(memory) { BrotliEncoderDestroyInstance(state) } }
        Brotli.setWholeFile(state, size: bytes.count, level: level)
        var left = bytes.count
        var source = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        // The array may hold more than was asked for.
        let room = min(space.count, bytes.count - 1)
        var unused = room
        var target = space.baseAddress
        // SAFETY: the library reads `left` bytes from `source` and writes at most `unused` to `target`.
        let worked = BrotliEncoderCompressStream(
            state, BROTLI_OPERATION_FINISH, &left, &source, &unused, &target, nil)
        return worked == BROTLI_TRUE && BrotliEncoderIsFinished(state) == BROTLI_TRUE ? room - unused : 0
    }

    private static func zstd(
        _ bytes: UnsafeRawBufferPointer, into space: UnsafeMutableBufferPointer<UInt8>, level: CompressionLevel,
        _ memory: EncoderMemory?
    ) -> Int {
        let room = min(space.count, bytes.count - 1)
        // SAFETY: the context lives for this call, and `memory` longer; the library reads from `bytes` and writes at most
        // `room` bytes.
        guard let context = Zstd.makeContext(level, memory) else { return 0 }
        defer { withExtendedLifetime(memory) { _ = ZSTD_freeCCtx(context) } }
        if level == .best { Zstd.setTables(context, size: bytes.count) }
        let size = ZSTD_compress2(context, space.baseAddress, room, bytes.baseAddress, bytes.count)
        return ZSTD_isError(size) == 0 ? size : 0
    }

    private static func gzip(
        _ bytes: UnsafeRawBufferPointer, into space: UnsafeMutableBufferPointer<UInt8>, level: CompressionLevel
    ) -> Int {
        let room = min(space.count, bytes.count - 1)
        // SAFETY: the stream lives on the heap for this call only (zlib keeps a pointer back to it); deflate reads from
        // `bytes` and writes at most `room` bytes to `space`.
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        defer { stream.deallocate() }
        guard Gzip.open(stream, level: level) == Z_OK else { return 0 }
        defer { deflateEnd(stream) }
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(bytes.count)
        stream.pointee.next_out = space.baseAddress
        stream.pointee.avail_out = UInt32(room)
        guard deflate(stream, Z_FINISH) == Z_STREAM_END else { return 0 }
        return room - Int(stream.pointee.avail_out)
    }
}
