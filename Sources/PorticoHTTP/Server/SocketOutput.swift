// The way of bytes into a connection's socket. Over plain sockets they are handed to the kernel at once, past the
// channel's queue; the queue takes what the kernel does not want yet, and everything over TLS. It knows no protocol.
import CLinux
import Glibc
package import NIOCore
package import PorticoTransport

/// Confined to the connection's event loop.
package final class SocketOutput {
    let context: ChannelHandlerContext
    /// Nil where bytes must pass the channel's handlers.
    package let plainSocket: SocketChannel?
    /// Its descriptor; -1 where it is nil.
    let socket: CInt
    /// Writes that wait in the channel's queue: none may overtake them.
    var queued = 0
    /// Once the channel closes, the descriptor may belong to somebody else.
    private(set) var isOpen = true
    /// What waits for the next piece, so that both go out in one system call: one by itself needs no memory but this.
    private var single: ByteBuffer?
    /// Two or more.
    private var several: [ByteBuffer] = []
    /// What was taken from another socket and the kernel does not want yet.
    var spliced: SplicedBytes?
    /// How much came from other sockets, all in all.
    var splicedCount = 0

    private static let mostHeld = 4

    /// A file is sent at most so far in one go: others on the loop have their turn.
    private static let fileTurn = 2 << 20

    /// `isPlain`: nothing in the pipeline changes bytes on their way out.
    package init(_ context: ChannelHandlerContext, isPlain: Bool) {
        self.context = context
        plainSocket = isPlain ? context.channel as? SocketChannel : nil
        socket = plainSocket?.descriptor ?? -1
    }

    /// To be called when the channel is inactive or the handler leaves: nothing is sent any more.
    package func close() {
        isOpen = false
        single = nil
        several = []
        dropSpliced()
    }

    /// No piece waits for the next one; some may wait for the kernel.
    package var holdsNothing: Bool { single == nil && several.isEmpty }

    /// Whether more may be written without piling up. What the kernel took at once never piles up.
    package var isWritable: Bool { isDirect || (spliced == nil && context.channel.isWritable) }

    /// Sends with what follows: at `flush`, or when enough is together.
    package func write(_ bytes: ByteBuffer) {
        if holdsNothing { return single = bytes }
        hold(bytes)
        if several.count == Self.mostHeld { flush() }
    }

    private func hold(_ bytes: ByteBuffer) {
        if let single { several.append(single) }
        single = nil
        several.append(bytes)
    }

    package func flush() {
        if let bytes = single.take() { return writeAndFlush(bytes) }
        if !several.isEmpty { sendHeld(more: false) }
    }

    package func writeAndFlush(_ bytes: ByteBuffer) {
        guard holdsNothing else {
            hold(bytes)
            return sendHeld(more: false)
        }
        let sent = sendNow(bytes)
        guard sent < bytes.readableBytes else { return }
        enqueue(bytes, from: sent)
        flushQueue()
    }

    /// Sends a part of a file by sendfile; `done` hears, perhaps before the call returns, whether all of it went out.
    /// Not over TLS.
    package func write(_ file: OpenFile, from start: Int, count: Int, done: @escaping (Bool) -> Void) {
        if let bytes = single.take() { several.append(bytes) }
        if !several.isEmpty { sendHeld(more: true) }
        switch sendNow(file, from: start, count: count) {
        case .all: done(true)
        case .fileEnded: done(false)
        case .some(let sent):
            enqueue(.fileRegion(file.region(from: start + sent, count: count - sent)), done)
            flushQueue()
        }
    }

    /// What the kernel does not take, the queue does. Flushing the queue may bring more writes before it returns.
    private func sendHeld(more: Bool) {
        var pieces: [ByteBuffer] = []
        swap(&pieces, &several)
        var sent = sendNow(pieces, more: more)
        for bytes in pieces {
            if sent < bytes.readableBytes { enqueue(bytes, from: sent) }
            sent = max(0, sent - bytes.readableBytes)
        }
        if queued > 0 || socket < 0 { flushQueue() }
        guard several.isEmpty else { return }
        pieces.removeAll(keepingCapacity: true)
        swap(&pieces, &several)
    }

    // MARK: To the kernel

    /// Any fault counts as "nothing sent": the channel's queue meets it again and closes the connection.
    var isDirect: Bool { queued == 0 && isOpen && socket >= 0 }

    private static let flags = CInt(MSG_DONTWAIT | MSG_NOSIGNAL)

    private func sendNow(_ bytes: ByteBuffer) -> Int {
        guard isDirect else { return 0 }
        return bytes.withUnsafeReadableBytes { max(0, portico_send(socket, $0.baseAddress, $0.count, Self.flags)) }
    }

    /// `more`: a file follows at once, the last segment may wait for it.
    private func sendNow(_ pieces: [ByteBuffer], more: Bool) -> Int {
        guard isDirect else { return 0 }
        let flags = more ? Self.flags | CInt(MSG_MORE) : Self.flags
        return max(0, GatheredSend.send(to: socket, flags: flags, most: pieces.count) { pieces.forEach($0) }.count)
    }

    private enum FileProgress {
        case all, fileEnded
        case some(Int)
    }

    private func sendNow(_ file: OpenFile, from start: Int, count: Int) -> FileProgress {
        guard isDirect else { return .some(0) }
        var offset = off_t(start)
        let end = off_t(start + min(count, Self.fileTurn))
        var sent = 0
        repeat { sent = sendfile(socket, file.descriptor, &offset, Int(end - offset)) } while sent < 0 && errno == EINTR
        if sent == 0, offset < end { return .fileEnded }
        return Int(offset) == start + count ? .all : .some(Int(offset) - start)
    }

    // MARK: To the channel

    /// What a plain socket was offered already, it takes when it has room again.
    func flushQueue() {
        if let plainSocket { plainSocket.flushWhenThereIsRoom() } else { context.flush() }
    }

    private func enqueue(_ bytes: ByteBuffer, from offset: Int) {
        // Over TLS nothing overtakes: there is no need to know when it is out.
        guard socket >= 0 else { return context.write(NIOAny(bytes), promise: nil) }
        let rest = bytes.getSlice(at: bytes.readerIndex + offset, length: bytes.readableBytes - offset)!
        enqueue(.byteBuffer(rest)) { _ in }
    }

    private func enqueue(_ data: IOData, _ done: @escaping (Bool) -> Void) {
        if spliced != nil { enqueueSpliced() }
        append(data, done)
    }

    func append(_ data: IOData, _ done: @escaping (Bool) -> Void) {
        queued += 1
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { result in
            self.queued -= 1
            guard case .success = result else {
                self.isOpen = false
                self.dropSpliced()
                return done(false)
            }
            done(true)
            if self.spliced != nil, self.queued == 0 { self.sendSpliced() }
        }
        context.write(NIOAny(data), promise: written)
    }
}
