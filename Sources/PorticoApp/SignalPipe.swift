// Signals as values, whichever thread the system interrupts with them. A handler writes the number to a pipe, a thread reads
// them from it: none is lost while threads come and go, and none ends the process during the start.
import Glibc
import PorticoCore

// SAFETY: set once, before the handlers that read it are installed.
nonisolated(unsafe) private var signalPipeInput: Int32 = -1

enum SignalPipe {
    /// Takes these signals over for the life of the process. To be called once. Where the system refuses the pipe or the
    /// thread, the stream is empty and the signals keep their default effect.
    static func open(_ signals: [Int32]) -> AsyncStream<Int32> {
        var ends: [Int32] = [-1, -1]
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        guard pipe(&ends) == 0 else { return stream }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        // A full pipe must never hold up the thread that was interrupted.
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        let output = ends[0]
        guard let reader = SystemThread({ read(from: output, continuation) }) else { return stream }
        reader.abandon()
        signalPipeInput = ends[1]
        for number in signals { install(number) }
        return stream
    }

    private static func install(_ number: Int32) {
        var action = sigaction()
        action.sa_flags = SA_RESTART
        // Only what POSIX allows in a handler: one write, errno left as it was.
        action.__sigaction_handler.sa_handler = { number in
            let code = errno
            var byte = UInt8(truncatingIfNeeded: number)
            _ = write(signalPipeInput, &byte, 1)
            errno = code
        }
        sigaction(number, &action, nil)
    }

    private static func read(from output: Int32, _ continuation: AsyncStream<Int32>.Continuation) {
        var byte: UInt8 = 0
        while true {
            let count = Glibc.read(output, &byte, 1)
            if count == 1 {
                continuation.yield(Int32(byte))
            } else if count == 0 || errno != EINTR {
                return continuation.finish()
            }
        }
    }
}
