// A hash of byte strings for tables in memory: eight bytes at a time, with a secret of the table's own. Not for anything that
// leaves the process.

@usableFromInline
package enum BytesHash {
    @usableFromInline static let factor: UInt64 = 0x9E37_79B9_7F4A_7C15

    @inlinable
    package static func of(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
        var hash = seed ^ UInt64(truncatingIfNeeded: bytes.count)
        var index = 0
        while index + 8 <= bytes.count {
            hash = mix(hash ^ bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            index += 8
        }
        var last: UInt64 = 0
        while index < bytes.count {
            last = last << 8 | UInt64(bytes[index])
            index += 1
        }
        return mix(mix(hash ^ last) ^ seed)
    }

    /// Both halves of the product: each bit of the input reaches each bit of the result.
    @inlinable @inline(__always)
    static func mix(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: factor)
        return product.high ^ product.low
    }
}
