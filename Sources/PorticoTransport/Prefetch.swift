// Memory that is needed in a moment is asked for ahead, where it has left the processor's caches since its last use: a line that has
// to come from memory costs as much as a hundred instructions, unless it is on its way already. Nothing depends on it but speed.
import CLinux

package enum Prefetch {
    /// `count` lines of 64 bytes from `address` on; nothing need be there any more.
    @inline(__always)
    package static func lines(_ count: CInt, at address: UnsafeRawPointer?) { portico_prefetch(address, count) }

    /// Where the object lies; it may be gone by the time that is used.
    package static func address(of object: AnyObject) -> UnsafeRawPointer {
        UnsafeRawPointer(Unmanaged.passUnretained(object).toOpaque())
    }
}
