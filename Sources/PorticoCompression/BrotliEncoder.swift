// Brotli (RFC 7932) over libbrotlienc. Owns the encoder state; knows nothing of HTTP.
import CBrotli

package final class BrotliEncoder: ContentEncoder {
    private let state: OpaquePointer
    /// Where the library's blocks lie, unless malloc has them.
    let memory: EncoderMemory?
    private var spent = false

    /// `window` is the base-2 logarithm of the sliding window; 22 is the library's default, streams of a proxy are well
    /// served by less memory.
    package init(level: CompressionLevel = .fast, window: UInt32 = 22) throws(CompressionError) {
        // SAFETY: owned by this object alone, destroyed in deinit.
        guard let state = BrotliEncoderCreateInstance(nil, nil, nil) else { throw .outOfMemory }
        self.state = state
        memory = nil
        BrotliEncoderSetParameter(state, BROTLI_PARAM_QUALITY, UInt32(level.brotli))
        BrotliEncoderSetParameter(state, BROTLI_PARAM_LGWIN, min(max(window, 10), 24))
    }

    /// For one file of that size, piece by piece.
    init(fileOf size: Int, level: CompressionLevel) throws(CompressionError) {
        let memory = level.givesMemoryBack ? EncoderMemory() : nil
        guard let state = Brotli.makeState(memory) else { throw .outOfMemory }
        self.state = state
        self.memory = memory
        Brotli.setWholeFile(state, size: size, level: level)
    }

    deinit { withExtendedLifetime(memory) { BrotliEncoderDestroyInstance(state) } }

    package func encode(
        _ bytes: UnsafeRawBufferPointer, _ step: EncodingStep, emit: (UnsafeRawBufferPointer) -> Void
    ) throws(CompressionError) {
        guard !spent else { throw .finished }
        if step == .finish { spent = true }
        var remaining = bytes.count
        var next = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        var room = 0
        repeat {
            let taken = remaining
            // SAFETY: `next` and `remaining` describe what is left of `bytes`; with `room` at zero the library keeps its
            // output to itself and BrotliEncoderTakeOutput lends it out.
            let worked = BrotliEncoderCompressStream(state, Self.operation(step), &remaining, &next, &room, nil, nil)
            guard worked == BROTLI_TRUE else {
                spent = true
                throw .refused(code: 0)
            }
            let emitted = takeOutput(emit)
            // A turn that neither reads nor writes would repeat for ever.
            if taken == remaining, !emitted, remaining > 0 || BrotliEncoderHasMoreOutput(state) == BROTLI_TRUE {
                spent = true
                throw .refused(code: 0)
            }
        } while remaining > 0 || BrotliEncoderHasMoreOutput(state) == BROTLI_TRUE
    }

    private func takeOutput(_ emit: (UnsafeRawBufferPointer) -> Void) -> Bool {
        var emitted = false
        while BrotliEncoderHasMoreOutput(state) == BROTLI_TRUE {
            var size = 0
            // SAFETY: the library lends `size` bytes that stay valid until the next call on the state.
            guard let ready = BrotliEncoderTakeOutput(state, &size), size > 0 else { break }
            emit(UnsafeRawBufferPointer(start: ready, count: size))
            emitted = true
        }
        return emitted
    }

    private static func operation(_ step: EncodingStep) -> BrotliEncoderOperation {
        switch step {
        case .gather: BROTLI_OPERATION_PROCESS
        case .flush: BROTLI_OPERATION_FLUSH
        case .finish: BROTLI_OPERATION_FINISH
        }
    }
}

enum Brotli {
    /// At the best quality the encoder notes all ways to write one block before it chooses; the default of 256 KiB takes four times
    /// the memory for a thousandth of the size.
    private static let bestBlockBits: UInt32 = 16

    // SAFETY: the caller destroys it before `memory` goes.
    static func makeState(_ memory: EncoderMemory?) -> OpaquePointer? {
        BrotliEncoderCreateInstance(
            memory.map { _ in EncoderMemory.allocate }, memory.map { _ in EncoderMemory.free }, memory?.reference)
    }

    /// Parameters for one file of that size.
    static func setWholeFile(_ state: OpaquePointer, size: Int, level: CompressionLevel) {
        BrotliEncoderSetParameter(state, BROTLI_PARAM_QUALITY, UInt32(level.brotli))
        BrotliEncoderSetParameter(state, BROTLI_PARAM_LGWIN, window(for: size))
        BrotliEncoderSetParameter(state, BROTLI_PARAM_SIZE_HINT, UInt32(clamping: size))
        if level == .best { BrotliEncoderSetParameter(state, BROTLI_PARAM_LGBLOCK, bestBlockBits) }
    }

    /// The base-2 logarithm of the smallest window that holds the whole file, up to the library's default: a larger one is
    /// memory on both sides for nothing. (It reaches 16 bytes less than its size, RFC 7932 §9.1; twice the memory for those
    /// would be a bad trade.)
    private static func window(for size: Int) -> UInt32 {
        UInt32(min(max(Int.bitWidth - (size - 1).leadingZeroBitCount, 10), Int(BROTLI_DEFAULT_WINDOW)))
    }
}
