// A few bytes of a buffer that many were read into keep all of its memory. Where they wait for somebody, they should not.
package import NIOCore

extension ByteBuffer {
    /// The same bytes, in memory of their own where they would hold much more than that.
    package var tight: ByteBuffer {
        guard storageCapacity > 1024 + 4 * readableBytes else { return self }
        var copy = ByteBufferAllocator().buffer(capacity: readableBytes)
        copy.writeImmutableBuffer(self)
        return copy
    }
}
