// The body of an answer on its way through an encoder. What comes in goes out in the same call but for what the encoder
// keeps to compress better, so back-pressure works as without it; its memory is bounded by its window.
import NIOCore
import PorticoCompression
import PorticoCore
import PorticoHTTP

final class AnswerEncoder {
    /// A window of 256 KiB: streams live long, and there may be many.
    private static let brotliWindow: UInt32 = 18

    private let encoder: any ContentEncoder
    /// The length is not known: the client gets what there is whenever the backend pauses.
    private let flushes: Bool
    private var holdsBack = false
    private var hasFailed = false

    /// Nil where there is no memory for it.
    init?(_ coding: ContentCoding, flushes: Bool) {
        self.flushes = flushes
        let made: (any ContentEncoder)? =
            switch coding {
            case .brotli: try? BrotliEncoder(level: .fast, window: Self.brotliWindow)
            default: try? Compressor.encoder(for: coding, level: .fast)
            }
        guard let made else { return nil }
        encoder = made
    }

    func send(_ bytes: ByteBuffer, to exchange: Exchange) {
        holdsBack = true
        bytes.withUnsafeReadableBytes { encode($0, .gather, to: exchange) }
    }

    func flush(to exchange: Exchange) {
        guard flushes, holdsBack else { return }
        holdsBack = false
        encode(UnsafeRawBufferPointer(start: nil, count: 0), .flush, to: exchange)
    }

    /// False where the encoder failed on the way: the body must be cut, as it does not decode to its end.
    func finish(to exchange: Exchange) -> Bool {
        encode(UnsafeRawBufferPointer(start: nil, count: 0), .finish, to: exchange)
        return !hasFailed
    }

    private func encode(_ bytes: UnsafeRawBufferPointer, _ step: EncodingStep, to exchange: Exchange) {
        var out = ByteBuffer()
        do throws(CompressionError) {
            try encoder.encode(bytes, step) { out.writeBytes($0) }
        } catch {
            hasFailed = true
        }
        if out.readableBytes > 0 { exchange.send(out) }
    }
}
