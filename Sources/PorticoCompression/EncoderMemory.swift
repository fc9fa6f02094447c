// The memory of one best encoding. Its large blocks come from the kernel and go back there at once: malloc would take their size
// for usual, and keep as much for each thread from then on. Knows nothing of codings but the functions their libraries call.
import Glibc

/// Counts what is in use. It never refuses: brotli's library ends the process where it gets no memory. Bounds are a matter of
/// the encoder's parameters.
final class EncoderMemory {
    private(set) var bytes = 0
    private(set) var peak = 0

    /// Blocks of at least so many bytes are mapped.
    private static let mappedSize = 64 << 10
    /// In front of each block lies its whole length. As long as a cache line, so that blocks are aligned like malloc's at least.
    private static let headSize = 64

    /// What the libraries hand back to `allocate` and `free`. Valid while the object lives.
    var reference: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    // SAFETY (both): `memory` is `reference`; whoever passes it to a library keeps the object until the library has freed all,
    // and calls the library on one thread.
    static let allocate: @convention(c) (_ memory: UnsafeMutableRawPointer?, _ size: Int) -> UnsafeMutableRawPointer? =
        { memory, size in
            guard let memory else { return nil }
            return Unmanaged<EncoderMemory>.fromOpaque(memory).takeUnretainedValue().block(size)
        }

    static let free: @convention(c) (_ memory: UnsafeMutableRawPointer?, _ block: UnsafeMutableRawPointer?) -> Void = {
        memory, block in
        guard let memory, let block else { return }
        Unmanaged<EncoderMemory>.fromOpaque(memory).takeUnretainedValue().end(block)
    }

    private func block(_ size: Int) -> UnsafeMutableRawPointer? {
        let whole = size + Self.headSize
        // SAFETY: a fresh region of `whole` bytes, whose head belongs to this object and the rest to the caller until `end`.
        let region =
            whole < Self.mappedSize
            ? malloc(whole) : mmap(nil, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let region, region != MAP_FAILED else { return nil }
        region.storeBytes(of: whole, as: Int.self)
        bytes += whole
        peak = max(peak, bytes)
        return region + Self.headSize
    }

    private func end(_ block: UnsafeMutableRawPointer) {
        // SAFETY: `block` is one that was handed out, and its caller is done with it.
        let region = block - Self.headSize
        let whole = region.load(as: Int.self)
        bytes -= whole
        if whole < Self.mappedSize { Glibc.free(region) } else { munmap(region, whole) }
    }
}
