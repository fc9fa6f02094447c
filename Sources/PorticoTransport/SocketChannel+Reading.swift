// Bytes from the socket: one read for each announcement, so that others on the loop have their turn.
import CLinux
import Glibc
import NIOCore

extension SocketChannel {
    private enum Progress {
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
        // Handlers may hold back what the pipeline asks for; who reads past it does not.
        if reader != nil { read0() } else { pipeline.syncOperations.read() }
    }

    func bytesCame() {
        guard wantsRead, !hasInputEnded else { return watchWanted() }
        let progress = readOnce()
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
        while isOpen, case .some = progress { progress = readOnce() }
        guard isOpen else { return }
        if reader == nil { pipeline.syncOperations.fireChannelReadComplete() }
        if case .ended = progress { endInput() }
    }

    /// Closes the channel on a fault.
    private func readOnce() -> Progress {
        let count = loop.receive(from: descriptor, upTo: readSizes.next)
        guard count > 0 else {
            let code = errno
            if count == 0 { return .ended }
            if code != EAGAIN { fail(IOError(errnoCode: code, reason: "recv")) }
            return .nothing
        }
        readSizes.note(count)
        wantsRead = false
        let bytes = loop.input
        if let reader {
            wantsRead = readsOn
            reader.received(bytes)
        } else {
            pipeline.syncOperations.fireChannelRead(NIOAny(bytes))
        }
        return .some
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
        var wanted: Readiness = []
        if wantsRead, !hasInputEnded { wanted.insert(.input) }
        if awaitsRoom { wanted.insert(.output) }
        do { try watch(wanted) } catch { fail(error) }
    }
}
