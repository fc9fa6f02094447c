// What every streaming encoder offers. The codings themselves are a file each; whole files are Compressor's part.

/// A streaming encoder: it owns its C state from `init` to `deinit` and belongs to one thread at a time.
package protocol ContentEncoder: AnyObject {
    /// Takes in all of `bytes` and hands on what is ready. The views given to `emit` are valid for that call only.
    /// After `.finish`, or once an error was thrown, the encoder is spent and throws `.finished`.
    func encode(
        _ bytes: UnsafeRawBufferPointer, _ step: EncodingStep, emit: (UnsafeRawBufferPointer) -> Void
    ) throws(CompressionError)
}

/// What has to be out of the encoder when a call returns.
package enum EncodingStep: Sendable {
    /// Nothing: it may keep bytes back to compress better.
    case gather
    /// Everything taken in so far can be decoded by the receiver (server-sent events, slow upstreams).
    case flush
    /// Everything, with the end of the stream.
    case finish
}

extension ContentEncoder {
    /// Appends what is ready to `output`.
    package func encode(
        _ bytes: UnsafeRawBufferPointer, _ step: EncodingStep, into output: inout [UInt8]
    ) throws(CompressionError) {
        try encode(bytes, step) { output.append(contentsOf: $0) }
    }
}
