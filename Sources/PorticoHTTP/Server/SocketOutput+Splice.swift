// Bytes of another socket on their way into this one, past this process's memory (splice). What the receiver does not take at once
// waits in a pipe; meanwhile nothing more is writable.
import NIOCore

/// What waits, and who is told when it is out.
struct SplicedBytes {
    /// Nil: others wait in the channel's queue, and nothing was taken.
    var pipe: SplicePipe?
    let pipes: SplicePipes
    let sent: () -> Void
}

extension SocketOutput {
    /// The channel tells when the receiver takes bytes again, if some of them wait in its queue.
    private static let bait = 16 << 10

    /// Moves what waits in `source`, another plain socket, up to `count` bytes, behind `bytes`. Returns how many left it; nil where
    /// that cannot be done: then only `bytes` are sent. If `isWritable` is false then, `sent` is called when it is true again.
    func splice(
        behind bytes: ByteBuffer, from source: CInt, upTo count: Int, through pipes: SplicePipes,
        _ sent: @escaping () -> Void
    ) -> Int? {
        // A few bytes go with what follows, through the pipe: sent by themselves they would wake the receiver for little.
        let areJoined = isDirect && holdsNothing && spliced == nil && bytes.readableBytes <= SplicePipe.mostPut
        if !areJoined { sendAhead(bytes) }
        guard isOpen, socket >= 0, holdsNothing, spliced == nil else { return nil }
        guard queued == 0 else {
            spliced = SplicedBytes(pipe: nil, pipes: pipes, sent: sent)
            return 0
        }
        guard let pipe = pipes.take() else {
            if areJoined { sendAhead(bytes) }
            return nil
        }
        guard !areJoined || pipe.put(bytes) else {
            pipes.giveBack(pipe)
            sendAhead(bytes)
            return nil
        }
        let taken = pipe.fill(from: source, upTo: count)
        drain(pipe)
        guard pipe.count > 0 else {
            pipes.giveBack(pipe)
            return taken
        }
        spliced = SplicedBytes(pipe: pipe, pipes: pipes, sent: sent)
        enqueueBait(pipe)
        return taken
    }

    private func sendAhead(_ bytes: ByteBuffer) {
        if bytes.readableBytes > 0 { writeAndFlush(bytes) } else { flush() }
    }

    /// The channel's queue is empty: goes on with what waits.
    func sendSpliced() {
        guard let spliced else { return }
        if let pipe = spliced.pipe {
            drain(pipe)
            if pipe.count > 0 { return enqueueBait(pipe) }
            spliced.pipes.giveBack(pipe)
        }
        self.spliced = nil
        spliced.sent()
    }

    private func drain(_ pipe: SplicePipe) {
        let before = pipe.count
        pipe.drain(to: socket)
        splicedCount += before - pipe.count
    }

    private func enqueueBait(_ pipe: SplicePipe) {
        let bytes = pipe.read(upTo: Self.bait)
        splicedCount += bytes.readableBytes
        append(.byteBuffer(bytes)) { _ in }
        flushQueue()
    }

    /// Somebody writes all the same: what waits goes first.
    func enqueueSpliced() {
        guard let pipe = spliced?.pipe else { return }
        spliced?.pipe = nil
        while pipe.count > 0 {
            let bytes = pipe.read(upTo: SplicePipe.capacity)
            guard bytes.readableBytes > 0 else { break }
            append(.byteBuffer(bytes)) { _ in }
        }
        spliced?.pipes.giveBack(pipe)
    }

    func dropSpliced() {
        guard let spliced else { return }
        self.spliced = nil
        if let pipe = spliced.pipe { spliced.pipes.giveBack(pipe) }
    }
}
