// gzip (RFC 1952) over zlib's deflate. Owns the z_stream; knows nothing of HTTP.
import CZlib

package final class GzipEncoder: ContentEncoder {
    /// On the heap, as zlib keeps a pointer back to it.
    private let stream: UnsafeMutablePointer<z_stream>
    private let scratch: UnsafeMutableRawBufferPointer
    private var spent = false

    package init(level: CompressionLevel = .balanced) throws(CompressionError) {
        // SAFETY: both blocks are owned by this object alone and freed in deinit, which also runs when this init throws.
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        scratch = .allocate(byteCount: 16 << 10, alignment: 16)
        let code = Gzip.open(stream, level: level)
        guard code == Z_OK else {
            // The fields are all set, so deinit runs; deflateEnd on a stream that never opened is harmless.
            throw code == Z_MEM_ERROR ? .outOfMemory : .refused(code: Int(code))
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
        scratch.deallocate()
    }

    package func encode(
        _ bytes: UnsafeRawBufferPointer, _ step: EncodingStep, emit: (UnsafeRawBufferPointer) -> Void
    ) throws(CompressionError) {
        guard !spent else { throw .finished }
        var rest = bytes
        repeat {
            // zlib counts in 32 bits.
            let slice = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(slice.count))
            try encodeSlice(slice, rest.isEmpty ? step : .gather, emit)
        } while !rest.isEmpty
        if step == .finish { spent = true }
    }

    /// Ends because every turn that fills the scratch space takes input in or drains what deflate holds, and deflate
    /// holds no more than its window and pending buffer.
    private func encodeSlice(
        _ slice: UnsafeRawBufferPointer, _ step: EncodingStep, _ emit: (UnsafeRawBufferPointer) -> Void
    ) throws(CompressionError) {
        // SAFETY: deflate only reads from next_in; the view outlives this call, and next_in is cleared below.
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: slice.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(slice.count)
        defer {
            stream.pointee.next_in = nil
            stream.pointee.avail_in = 0
        }
        repeat {
            stream.pointee.next_out = scratch.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(scratch.count)
            let code = deflate(stream, Gzip.flag(step))
            // Z_BUF_ERROR: nothing to do, as after a flush that ended exactly with the scratch space.
            guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else {
                spent = true
                throw .refused(code: Int(code))
            }
            let ready = scratch.count - Int(stream.pointee.avail_out)
            if ready > 0 { emit(UnsafeRawBufferPointer(rebasing: scratch[..<ready])) }
        } while stream.pointee.avail_out == 0
    }
}
