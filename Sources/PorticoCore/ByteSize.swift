// Sizes in bytes, as the configuration writes them. Parsing from text is in ByteSize+Text.swift.

/// A number of bytes.
package struct ByteSize: Sendable, Hashable, Comparable {
    package var bytes: Int

    package init(bytes: Int) { self.bytes = bytes }

    package static func bytes(_ count: Int) -> ByteSize { ByteSize(bytes: count) }
    package static func kibibytes(_ count: Int) -> ByteSize { ByteSize(bytes: count << 10) }
    package static func mebibytes(_ count: Int) -> ByteSize { ByteSize(bytes: count << 20) }

    package static func < (left: ByteSize, right: ByteSize) -> Bool { left.bytes < right.bytes }
}
