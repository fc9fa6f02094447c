// Bytes to the socket: as far as the kernel takes them at once, the rest when it has room again.
import CLinux
import Glibc
package import NIOCore
import Synchronization

extension SocketChannel {
    private static let mostBuffers = 64
    /// After so much others on the loop have their turn.
    private static let most = 2 << 20
    /// So much may wait before writers are told to pause, in bytes; and so little before they are told to go on.
    private static let highMark = 64 << 10
    private static let lowMark = 32 << 10

    package func write0(_ data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard isOpen else { return promise?.fail(ChannelError.ioOnClosedChannel) ?? () }
        guard case .none = outputEnd else { return promise?.fail(ChannelError.outputClosed) ?? () }
        if let bytes = tryUnwrapData(data, as: ByteBuffer.self) {
            pending.add(.byteBuffer(bytes), promise)
        } else {
            pending.add(unwrapData(data, as: IOData.self), promise)
        }
        if pending.weight > Self.highMark, isWritable { turnWritable(false) }
    }

    package func flush0() {
        pending.flush()
        if !isWriting, !awaitsRoom { writePending() }
    }

    /// For whoever knows that the kernel has no room now: what was written goes out when it has.
    package func flushWhenThereIsRoom() {
        pending.flush()
        guard isOpen, !isWriting, pending.hasFlushed else { return }
        awaitRoom()
    }

    /// Asked again each time: what stopped the writing may have been something else than the kernel's room.
    private func awaitRoom() {
        guard isOpen else { return }
        awaitsRoom = true
        asksAgain = true
        watchWanted()
    }

    func roomCame() {
        awaitsRoom = false
        writePending()
        watchWanted()
    }

    private func writePending() {
        guard isOpen, !isWriting else { return }
        isWriting = true
        var turn = 0
        repeat {
            writeFlushed(&turn)
            // Who hears of it may write again: that goes out here, not by calls within calls.
            if isOpen, pending.weight < Self.lowMark, !isWritable { turnWritable(true) }
        } while isOpen && !awaitsRoom && pending.hasFlushed
        isWriting = false
        endOutputIfDue()
    }

    /// `turn`: how much went out in this turn of the loop.
    private func writeFlushed(_ turn: inout Int) {
        while isOpen, pending.hasFlushed {
            guard turn < Self.most, writeNext(&turn) else { return awaitRoom() }
        }
    }

    /// False where the kernel has no room for more, or the channel is closed now. What it took a part of, it is not asked to take
    /// again: it would refuse.
    private func writeNext(_ turn: inout Int) -> Bool {
        let (asked, count): (Int, Int)
        switch pending.next {
        case .byteBuffer:
            (asked, count) = GatheredSend.send(to: descriptor, most: Self.mostBuffers) {
                pending.forEachBuffer(Self.mostBuffers, $0)
            }
        case .fileRegion(let region):
            var offset = off_t(region.readerIndex)
            let file = (try? region.fileHandle.withUnsafeFileDescriptor { $0 }) ?? -1
            asked = min(region.readableBytes, Self.most)
            count = sendfile(descriptor, file, &offset, asked)
            if count == 0, asked > 0 {
                fileEnded()
                return false
            }
        }
        guard count >= 0 else {
            let code = errno
            if code == EINTR { return true }
            if code != EAGAIN { writingFailed(IOError(errnoCode: code, reason: "write")) }
            return false
        }
        turn += count
        for promise in pending.wrote(count) { promise.succeed() }
        return count == asked
    }

    /// The peer may have said why before it closed.
    private func writingFailed(_ error: IOError) {
        readAll()
        if isOpen { close0(error: error, mode: .all, promise: nil) }
    }

    /// Shorter than it was: what was promised can never be sent, and what waits behind it must not be taken for it.
    private func fileEnded() {
        let error = IOError(errnoCode: EIO, reason: "sendfile")
        pending.dropNext()?.fail(error)
        guard isOpen else { return }
        resetOnClose()
        close0(error: error, mode: .all, promise: nil)
    }

    private func turnWritable(_ isWritable: Bool) {
        writable.store(isWritable, ordering: .relaxed)
        pipeline.syncOperations.fireChannelWritabilityChanged()
    }

    // MARK: The end of our half

    /// Behind what is pending, flushed or not.
    func closeOutput(_ promise: EventLoopPromise<Void>?) {
        guard case .none = outputEnd else { return promise?.fail(ChannelError.outputClosed) ?? () }
        outputEnd = .asked(promise)
        flush0()
    }

    private func endOutputIfDue() {
        guard isOpen, case .asked(let promise) = outputEnd, pending.isEmpty else { return }
        outputEnd = .done
        shutdown(descriptor, CInt(SHUT_WR))
        promise?.succeed()
        guard isOpen else { return }
        if hasInputEnded { return close0(error: ChannelError.eof, mode: .all, promise: nil) }
        pipeline.syncOperations.fireUserInboundEventTriggered(ChannelEvent.outputClosed)
    }
}
