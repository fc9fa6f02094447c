// The few words of zlib that encoder, decoder and whole-file compression share; macros in C, so spelled out here.
import CZlib

enum Gzip {
    /// 15 bits of window; +16 asks for the gzip wrapper in place of zlib's.
    private static let windowBits: Int32 = 15 + 16

    static func open(_ stream: UnsafeMutablePointer<z_stream>, level: CompressionLevel) -> Int32 {
        deflateInit2_(
            stream, level.gzip, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
    }

    static func openDecoder(_ stream: UnsafeMutablePointer<z_stream>) -> Int32 {
        inflateInit2_(stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    }

    static func flag(_ step: EncodingStep) -> Int32 {
        switch step {
        case .gather: Z_NO_FLUSH
        case .flush: Z_SYNC_FLUSH
        case .finish: Z_FINISH
        }
    }
}
