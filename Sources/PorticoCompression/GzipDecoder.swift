// Decodes gzip as it comes, a piece at a time: for files of any size. Whole bodies with a bound are Decompressor's.
import CZlib

package final class GzipDecoder {
    private let stream: UnsafeMutablePointer<z_stream>
    private let scratch: UnsafeMutableBufferPointer<UInt8>
    private var isBetweenMembers = true

    package init() throws(CompressionError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        scratch = .allocate(capacity: 64 << 10)
        guard Gzip.openDecoder(stream) == Z_OK else { throw .outOfMemory }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        scratch.deallocate()
    }

    /// Whether all that came so far was whole members: an end here is no loss.
    package var isComplete: Bool { isBetweenMembers }

    /// What `bytes` decode to, in pieces that `take` may look at during its call. Members follow one another (RFC 1952 §2.2).
    package func decode(
        _ bytes: UnsafeRawBufferPointer, _ take: (UnsafeRawBufferPointer) -> Void
    ) throws(CompressionError) {
        // SAFETY: inflate reads `bytes` during this call only and writes to the scratch space, which is ours.
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(bytes.count)
        while true {
            if isBetweenMembers {
                guard stream.pointee.avail_in > 0 else { return }
                isBetweenMembers = false
            }
            stream.pointee.next_out = scratch.baseAddress
            stream.pointee.avail_out = UInt32(scratch.count)
            let code = inflate(stream, Z_NO_FLUSH)
            let ready = scratch.count - Int(stream.pointee.avail_out)
            if ready > 0 { take(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(scratch)[..<ready])) }
            switch code {
            case Z_STREAM_END:
                isBetweenMembers = true
                guard inflateReset(stream) == Z_OK else { throw .corrupt }
            case Z_OK: if stream.pointee.avail_in == 0, ready < scratch.count { return }
            // No progress is possible: more is to come.
            case Z_BUF_ERROR: return
            default: throw .corrupt
            }
        }
    }
}
