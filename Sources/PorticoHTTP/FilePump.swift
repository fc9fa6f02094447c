// Sends a file through transports that must see its bytes (TLS, HTTP/2): read on the thread pool, a piece at a time, no
// faster than the client takes them.
import Glibc
package import NIOCore
import NIOPosix
import PorticoCore

// SAFETY: used on the exchange's event loop; only `file`, immutable, is touched by the thread pool.
final class FilePump: ExchangeDriver, @unchecked Sendable {
    private static let piece = 64 << 10

    private let file: OpenFile
    private var offset: Int
    private var left: Int
    private var exchange: Exchange?
    private var done: (() -> Void)?
    private var isReading = false

    /// `done` is called once all of it was handed over, and never where it was not.
    init(_ file: OpenFile, from offset: Int, count: Int, to exchange: Exchange, done: @escaping () -> Void) {
        self.file = file
        self.offset = offset
        left = count
        self.exchange = exchange
        self.done = done
    }

    /// Reads and sends the next piece if the client is ready for it.
    func advance() {
        guard let exchange, !isReading, exchange.isWritable else { return }
        guard left > 0 else {
            let done = self.done
            end()
            return done?() ?? ()
        }
        isReading = true
        let count = min(left, Self.piece)
        let (file, offset) = (self.file, self.offset)
        let bytes = NIOThreadPool.singleton.runIfActive(eventLoop: exchange.loop.eventLoop) {
            file.read(from: offset, count: count)
        }
        bytes.whenComplete { result in
            self.isReading = false
            self.arrived(try? result.get())
        }
    }

    private func arrived(_ bytes: ByteBuffer?) {
        guard let exchange else { return }
        guard let bytes, bytes.readableBytes > 0 else {
            exchange.record.reason = .fileChanged
            end()
            return exchange.abort()
        }
        offset += bytes.readableBytes
        left -= bytes.readableBytes
        exchange.send(bytes)
        exchange.flush()
        advance()
    }

    private func end() {
        exchange = nil
        done = nil
    }

    func bodyReceived(_ bytes: ByteBuffer) {}
    func bodyEnded(trailers: ByteBuffer?) {}
    func clientFailed(_ error: PorticoError) { end() }
    func clientWritable() { advance() }
}

extension OpenFile {
    /// Up to `count` bytes; fewer at the file's end. Blocks.
    package func read(from offset: Int, count: Int) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { memory in
            var total = 0
            while total < count {
                let got = pread(descriptor, memory.baseAddress! + total, count - total, off_t(offset + total))
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { break }
                total += got
            }
            return total
        }
        return buffer
    }
}
