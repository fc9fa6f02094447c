// Bytes from the socket: one read for each announcement, so that others on the loop have their turn. The kernel tells only what is
// new: whatever may leave something behind says so by `asksAgain`, or the connection would wait for ever.
import CLinux
import Glibc
import NIOCore

extension SocketChannel {
    enum Progress {
        case some, nothing, ended
    }

    /// Whether it reads by itself. While it does not, bytes stay with the kernel, and so does the peer's end.
    package var isReading: Bool {
        get { readsOn }
        set {
            guard newValue != readsOn else { return }
            readsOn = newValue
            // Not told to the kernel before something comes: most pauses are shorter.
            if newValue { readOn() } else { wantsRead = false }
        }
    }

    package func read0() {
        wantsRead = true
        watchWanted()
    }

    /// Asks for the next bytes where it reads by itself.
    func readOn() {
        guard readsOn, isOpen else { return }
        // The usual case, in short: the kernel was asked long ago.
        if wantsRead, !asksAgain, interest.contains(.input) { return }
        // Handlers may hold back what the pipeline asks for; who reads past it does not.
        if reader != nil { read0() } else { pipeline.syncOperations.read() }
    }

    /// `isLast`: the peer's end is there too, maybe behind bytes.
    func bytesCame(isLast: Bool) {
        guard wantsRead, !hasInputEnded else { return watchWanted() }
        let progress = readOnce(isLast: isLast)
        guard isOpen else { return }
        if reader == nil { pipeline.syncOperations.fireChannelReadComplete() }
        switch progress {
        case .some, .nothing: readOn()
        case .ended: endInput()
        }
    }

    /// To the last byte that the kernel holds, whoever wants it: the connection is about to end.
    func readAll() {
        guard !hasInputEnded else { return }
        var progress = Progress.some
        while isOpen, case .some = progress { progress = readOnce(isLast: true) }
        guard isOpen else { return }
        if reader == nil { pipeline.syncOperations.fireChannelReadComplete() }
        if case .ended = progress { endInput() }
    }

    /// Closes the channel on a fault.
    private func readOnce(isLast: Bool) -> Progress {
        hasShortcut ? passOnce(isLast: isLast) : fillOnce(isLast: isLast)
    }

    private func fillOnce(isLast: Bool) -> Progress {
        let most = readSizes.next
        var bytes = loop.takeInput(most)
        defer { loop.giveBack(bytes) }
        let count = receive(most, into: &bytes)
        guard count > 0 else { return nothingCame(count) }
        noteRead(count, of: most, isLast)
        wantsRead = false
        if let reader {
            wantsRead = readsOn
            reader.received(bytes)
        } else {
            pipeline.syncOperations.fireChannelRead(NIOAny(bytes))
        }
        return .some
    }

    /// Less than there was room for was all; what comes from now on is told.
    func noteRead(_ count: Int, of most: Int, _ isLast: Bool) {
        if count == most || isLast { asksAgain = true }
        readSizes.note(count)
    }

    /// As recv(2), into empty `bytes` that have room for `most`.
    private func receive(_ most: Int, into bytes: inout ByteBuffer) -> Int {
        let count = bytes.withVeryUnsafeMutableBytes { receive(into: .init(start: $0.baseAddress, count: most)) }
        if count > 0 { bytes.moveWriterIndex(forwardBy: count) }
        return count
    }

    /// As recv(2).
    func receive(into memory: UnsafeMutableRawBufferPointer) -> Int {
        var count = 0
        repeat { count = portico_recv(descriptor, memory.baseAddress, memory.count) } while count < 0 && errno == EINTR
        return count
    }

    /// What recv(2) means that brought no bytes but `count`, with its fault still in `errno`. Closes the channel on a fault.
    func nothingCame(_ count: Int) -> Progress {
        let code = errno
        if count == 0 { return .ended }
        if code != EAGAIN { fail(IOError(errnoCode: code, reason: "recv")) }
        return .nothing
    }

    private func endInput() {
        hasInputEnded = true
        if case .done = outputEnd { return close0(error: ChannelError.eof, mode: .all, promise: nil) }
        guard allowsHalfClosure else { return close0(error: ChannelError.eof, mode: .all, promise: nil) }
        watchWanted()
        pipeline.syncOperations.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }

    /// A fault of the kernel's list ends the channel: it would never hear of anything again.
    func watchWanted() {
        guard isOpen else { return }
        var wanted = Readiness.edge
        if wantsRead, !hasInputEnded { wanted.insert(.input) }
        if awaitsRoom { wanted.insert(.output) }
        do { try watch(wanted, again: asksAgain) } catch { return fail(error) }
        asksAgain = false
    }
}
