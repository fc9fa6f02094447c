// Zstandard (RFC 8878) over libzstd. Owns the context; knows nothing of HTTP.
import CZstd

package final class ZstdEncoder: ContentEncoder {
    private let context: OpaquePointer
    private let scratch: UnsafeMutableRawBufferPointer
    /// Where the library's blocks lie, unless malloc has them.
    let memory: EncoderMemory?
    private var spent = false

    package convenience init(level: CompressionLevel = .fast) throws(CompressionError) {
        try self.init(level, nil)
    }

    /// For one file of that size, piece by piece.
    convenience init(fileOf size: Int, level: CompressionLevel) throws(CompressionError) {
        try self.init(level, level.givesMemoryBack ? EncoderMemory() : nil)
        ZSTD_CCtx_setPledgedSrcSize(context, UInt64(size))
    }

    private init(_ level: CompressionLevel, _ memory: EncoderMemory?) throws(CompressionError) {
        // SAFETY: both are owned by this object alone and freed in deinit, before `memory` goes.
        guard let context = Zstd.makeContext(level, memory) else { throw .outOfMemory }
        self.context = context
        self.memory = memory
        scratch = .allocate(byteCount: ZSTD_CStreamOutSize(), alignment: 16)
    }

    deinit {
        withExtendedLifetime(memory) { _ = ZSTD_freeCCtx(context) }
        scratch.deallocate()
    }

    package func encode(
        _ bytes: UnsafeRawBufferPointer, _ step: EncodingStep, emit: (UnsafeRawBufferPointer) -> Void
    ) throws(CompressionError) {
        guard !spent else { throw .finished }
        if step == .finish { spent = true }
        var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
        while true {
            var output = ZSTD_outBuffer(dst: scratch.baseAddress, size: scratch.count, pos: 0)
            // SAFETY: the library reads what is left of `bytes` and writes at most `scratch.count` bytes.
            let left = ZSTD_compressStream2(context, &output, &input, Zstd.directive(step))
            guard ZSTD_isError(left) == 0 else {
                spent = true
                throw .refused(code: Int(ZSTD_getErrorCode(left).rawValue))
            }
            if output.pos > 0 { emit(UnsafeRawBufferPointer(rebasing: scratch[..<output.pos])) }
            // For `.gather` it is enough that all was taken in; else `left` counts what is still to come out.
            if input.pos == input.size, step == .gather || left == 0 { return }
        }
    }
}

enum Zstd {
    /// Browsers refuse more than 8 MiB of window (RFC 9659 §3).
    private static let largestWindowLog: CInt = 23

    /// A context for one stream or one whole file, to be freed by the caller, in `memory` if there is one.
    static func makeContext(_ level: CompressionLevel, _ memory: EncoderMemory? = nil) -> OpaquePointer? {
        let own = memory.map {
            ZSTD_customMem(customAlloc: EncoderMemory.allocate, customFree: EncoderMemory.free, opaque: $0.reference)
        }
        guard let context = own.map({ ZSTD_createCCtx_advanced($0) }) ?? ZSTD_createCCtx() else { return nil }
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level.zstd)
        if level == .best { ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, largestWindowLog) }
        return context
    }

    /// The best level's table of hashes for a file of that size. The library would make it as large as the search tree, two places
    /// a byte; with half of that not a byte is lost.
    static func setTables(_ context: OpaquePointer, size: Int) {
        guard size > ownTablesSize else { return }
        let bits = Int.bitWidth - (size - 1).leadingZeroBitCount
        ZSTD_CCtx_setParameter(context, ZSTD_c_hashLog, CInt(min(bits, Int(largestWindowLog) - 1)))
    }

    /// Up to here the library's parameters go by the size.
    private static let ownTablesSize = 256 << 10

    static func directive(_ step: EncodingStep) -> ZSTD_EndDirective {
        switch step {
        case .gather: ZSTD_e_continue
        case .flush: ZSTD_e_flush
        case .finish: ZSTD_e_end
        }
    }
}
