// The faults of encoders and decoders.

package enum CompressionError: Error, Sendable, Equatable {
    /// The library had no memory for its state.
    case outOfMemory
    /// The stream has ended, well or badly, and takes no more.
    case finished
    /// The library refused; the value is its own code.
    case refused(code: Int)
    /// The bytes to decode are not of this coding, or end too early.
    case corrupt
    /// Decoding would give more bytes than the caller allows.
    case tooLarge(limit: Int)
}
