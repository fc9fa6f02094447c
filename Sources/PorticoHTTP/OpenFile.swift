// A file that is being sent: the descriptor lives as long as somebody holds this.
import Glibc
import NIOCore

// SAFETY: immutable after init; the descriptor is closed once, in deinit.
package final class OpenFile: @unchecked Sendable {
    package let descriptor: CInt
    let handle: NIOFileHandle

    /// Takes over the descriptor.
    package init(descriptor: CInt) {
        self.descriptor = descriptor
        handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: descriptor)
    }

    deinit { try? handle.close() }

    func region(from offset: Int, count: Int) -> FileRegion {
        FileRegion(fileHandle: handle, readerIndex: offset, endIndex: offset + count)
    }

    /// The current size; below what was promised, the file shrank.
    package var size: Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }
}
