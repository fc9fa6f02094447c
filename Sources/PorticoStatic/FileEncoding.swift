// Encodes a file while it is read: the first piece is short and comes out whole, so that whoever waits soon has something. It knows
// nothing of who that is. Blocks; for one thread at a time.
import NIOCore
import PorticoCompression
import PorticoCore
import PorticoHTTP

final class FileEncoding {
    /// Of the plain file.
    static let firstPiece = 16 << 10
    private static let laterPiece = 64 << 10

    private let file: OpenFile
    private let stamp: FileStamp
    private let encoder: any ContentEncoder
    private var offset = 0
    private(set) var isFileUnchanged = true

    /// `stamp` is the state of the file that is to be encoded. Nil where there is no memory.
    init?(_ file: OpenFile, _ stamp: FileStamp, _ coding: ContentCoding, _ level: CompressionLevel) {
        guard let encoder = try? Compressor.encoder(for: coding, fileOf: stamp.size, level: level) else { return nil }
        self.encoder = encoder
        self.file = file
        self.stamp = stamp
    }

    var isComplete: Bool { offset == stamp.size }

    /// What the next piece of the file gives, perhaps nothing; nil where the file is not what it was, or the encoder failed.
    func next() -> ByteBuffer? {
        let count = min(offset == 0 ? Self.firstPiece : Self.laterPiece, stamp.size - offset)
        let plain = file.read(from: offset, count: count)
        guard plain.readableBytes == count else { return nil }
        let step: EncodingStep = offset + count == stamp.size ? .finish : offset == 0 ? .flush : .gather
        var coded = ByteBuffer()
        do throws(CompressionError) {
            try plain.withUnsafeReadableBytes { bytes throws(CompressionError) in
                try encoder.encode(bytes, step) { coded.writeBytes($0) }
            }
        } catch {
            return nil
        }
        offset += count
        return !isComplete || isStillThere() ? coded : nil
    }

    /// By the end of it: a file that only grew was whole as far as it was read.
    private func isStillThere() -> Bool {
        guard let now = FileStamp(descriptor: file.descriptor) else { return false }
        isFileUnchanged = now.hasContents(of: stamp)
        return isFileUnchanged || now.size > stamp.size
    }
}
