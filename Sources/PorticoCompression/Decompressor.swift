// Decodes whole bodies with a bound on what comes out: for tests and for reading compressed files back.
import CBrotli
import CZlib
import CZstd
package import PorticoCore

package enum Decompressor {
    /// The decoded bytes. More than `limit` of them, an early end or bytes behind the end are errors.
    package static func decompressWhole(
        _ bytes: UnsafeRawBufferPointer, coding: ContentCoding, limit: Int
    ) throws(CompressionError) -> [UInt8] {
        switch coding {
        case .brotli: try brotli(bytes, limit: limit)
        case .zstd: try zstd(bytes, limit: limit)
        case .gzip: try gzip(bytes, limit: limit)
        }
    }

    private static func brotli(_ bytes: UnsafeRawBufferPointer, limit: Int) throws(CompressionError) -> [UInt8] {
        // SAFETY: the state is owned by this call.
        guard let state = BrotliDecoderCreateInstance(nil, nil, nil) else { throw .outOfMemory }
        defer { BrotliDecoderDestroyInstance(state) }
        var output: [UInt8] = []
        var remaining = bytes.count
        var next = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        var room = 0
        while true {
            // SAFETY: `next` and `remaining` describe what is left of `bytes`; output is lent out by the library.
            let result = BrotliDecoderDecompressStream(state, &remaining, &next, &room, nil, nil)
            while BrotliDecoderHasMoreOutput(state) == BROTLI_TRUE {
                var size = 0
                guard let ready = BrotliDecoderTakeOutput(state, &size), size > 0 else { break }
                guard size <= limit - output.count else { throw .tooLarge(limit: limit) }
                output.append(contentsOf: UnsafeBufferPointer(start: ready, count: size))
            }
            switch result {
            case BROTLI_DECODER_RESULT_SUCCESS where remaining == 0: return output
            case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT: continue
            default: throw .corrupt
            }
        }
    }

    private static func zstd(_ bytes: UnsafeRawBufferPointer, limit: Int) throws(CompressionError) -> [UInt8] {
        // SAFETY: the context and the scratch space are owned by this call; the library reads from `bytes` only.
        guard let context = ZSTD_createDCtx() else { throw .outOfMemory }
        defer { ZSTD_freeDCtx(context) }
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: ZSTD_DStreamOutSize(), alignment: 16)
        defer { scratch.deallocate() }
        var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
        var output: [UInt8] = []
        while true {
            var piece = ZSTD_outBuffer(dst: scratch.baseAddress, size: scratch.count, pos: 0)
            let before = input.pos
            let left = ZSTD_decompressStream(context, &piece, &input)
            guard ZSTD_isError(left) == 0 else { throw .corrupt }
            guard piece.pos <= limit - output.count else { throw .tooLarge(limit: limit) }
            output.append(contentsOf: scratch[..<piece.pos])
            // A frame ends with nothing left; what follows it is not ours.
            if left == 0 {
                guard input.pos == input.size else { throw .corrupt }
                return output
            }
            guard piece.pos > 0 || input.pos > before else { throw .corrupt }
        }
    }

    private static func gzip(_ bytes: UnsafeRawBufferPointer, limit: Int) throws(CompressionError) -> [UInt8] {
        guard bytes.count <= Int(UInt32.max) else { throw .tooLarge(limit: Int(UInt32.max)) }
        // SAFETY: the stream and the scratch space are owned by this call; inflate reads from `bytes` only.
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        defer { stream.deallocate() }
        guard Gzip.openDecoder(stream) == Z_OK else { throw .outOfMemory }
        defer { inflateEnd(stream) }
        let scratch = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 64 << 10)
        defer { scratch.deallocate() }
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(bytes.count)
        var output: [UInt8] = []
        while true {
            stream.pointee.next_out = scratch.baseAddress
            stream.pointee.avail_out = UInt32(scratch.count)
            let code = inflate(stream, Z_NO_FLUSH)
            let ready = scratch.count - Int(stream.pointee.avail_out)
            guard ready <= limit - output.count else { throw .tooLarge(limit: limit) }
            output.append(contentsOf: scratch[..<ready])
            switch code {
            case Z_STREAM_END where stream.pointee.avail_in == 0: return output
            case Z_OK where ready > 0 || stream.pointee.avail_in > 0: continue
            default: throw .corrupt
            }
        }
    }
}
